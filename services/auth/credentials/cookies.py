"""The refresh token as a cookie, for browsers: no script reads it, and no other site sends it.

`SameSite=Strict` (RFC 6265bis) keeps it off requests that other sites make; where a browser says
where a request came from (Fetch Metadata), one from another site is refused on top.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from chassis.problems import Forbidden

NAME = "warehouse_refresh"
PATH = "/v1/auth"


class CrossSite(Forbidden):
    code, title = "cross-site", "Another site may not do this"


@dataclass(frozen=True, slots=True)
class RefreshCookie:
    """The cookie as a request brought it, and how it is set and cleared; None: it brought none.
    With `secure`, browsers send it over HTTPS alone (and to http://localhost)."""

    text: str | None
    is_cross_site: bool
    secure: bool

    def check_site(self) -> None:
        """Raise `CrossSite` for a request that another site made a browser send."""
        if self.is_cross_site:
            raise CrossSite("Cookies are for the pages of this site; use the body for tokens.")

    def set(self, response: Response, text: str, lifetime: int) -> None:
        """Let the browser keep the token for `lifetime` seconds."""
        response.set_cookie(
            NAME,
            text,
            max_age=lifetime,
            path=PATH,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def clear(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(
            NAME, path=PATH, secure=self.secure, httponly=True, samesite="strict"
        )

    @property
    def clearing(self) -> str:
        """The field that lets the browser forget it, for answers that are refusals."""
        response = Response()
        self.clear(response)
        return response.headers["set-cookie"]


async def refresh_cookie_of(request: Request) -> RefreshCookie:
    return RefreshCookie(
        text=request.cookies.get(NAME) or None,
        is_cross_site=request.headers.get("sec-fetch-site") == "cross-site",
        secure=request.app.state.cookie_secure,
    )


Cookie = Annotated[RefreshCookie, Depends(refresh_cookie_of)]
