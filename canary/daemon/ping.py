"""An outside dead-man's switch: told of each complete run, it calls when it is told nothing."""

from canary.domain.errors import CanaryError

TIMEOUT_S = 10.0


async def ping(url: str) -> None:
    """Ask for an address once. It is never repeated in a message: it often is a secret.

    Raises:
        CanaryError: it did not answer, or not well.
    """
    import httpx2

    where, remedy = "[notify] heartbeat_url", "check the address, and whether this machine reaches it"
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True) as client:
            answer = await client.get(url)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CanaryError(f"did not answer ({type(error).__name__})", where=where, remedy=remedy) from None
    if not answer.is_success:
        raise CanaryError(f"answered with status {answer.status_code}", where=where, remedy=remedy)
