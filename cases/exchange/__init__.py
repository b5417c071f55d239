"""Arguments in the formats of other tools, read into drafts and written from them. Pure: no database, no Django."""
