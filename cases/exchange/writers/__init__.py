"""Arguments in the formats of other tools: each writer takes a draft and says what its format cannot hold. Pure."""
