"""Pages below an organisation that are open to people who are not members (yet), each with its reason."""

PUBLIC_VIEWS: dict[str, str] = {
    "tenancy:invitation_accept": "the person invited is no member yet; the secret in the address is the key",
}
