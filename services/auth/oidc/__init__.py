"""Sign-in at other providers: OpenID Connect by discovery, authorization code with PKCE."""
