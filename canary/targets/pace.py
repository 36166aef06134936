"""How fast a reply was streamed: time to its first content, and tokens per second from there."""

from canary.domain.trial import Usage

SHORTEST_PACE_S = 0.001
"""Streamed for a shorter time than this, an answer came out of one buffer and has no pace."""


class Pace:
    """When content came and how much of it, in characters: enough for time to first token and tokens per second."""

    __slots__ = ("_first_size", "_last_at", "_size", "first_at", "reasoned")

    def __init__(self) -> None:
        self.first_at: float | None = None
        self.reasoned = False
        self._last_at = 0.0
        self._first_size = 0
        self._size = 0

    def saw(self, at: float, size: int) -> None:
        """Content of `size` characters came `at` seconds after the request was sent; none is no content."""
        if not size:
            return
        if self.first_at is None:
            self.first_at = at
            self._first_size = size
        self._last_at = at
        self._size += size

    def tokens_per_s(self, usage: Usage | None, *, hidden_reasoning: bool = False) -> float | None:
        """Tokens streamed after the first content, over the seconds from there to the last.

        Tokens are shared out over the stream in proportion to characters. Reasoning that was not streamed is no part
        of them.

        Args:
            usage: of the reply.
            hidden_reasoning: whether the reply holds reasoning that was not streamed; where the provider does not
                say how much, nothing can be said.
        """
        if usage is None or usage.output_tokens is None or self.first_at is None:
            return None
        tokens = usage.output_tokens
        if not self.reasoned:
            if hidden_reasoning and usage.reasoning_tokens is None:
                return None
            tokens -= usage.reasoning_tokens or 0
        seconds = self._last_at - self.first_at
        later = self._size - self._first_size
        if tokens <= 0 or later <= 0 or seconds < SHORTEST_PACE_S:
            return None
        return tokens * later / self._size / seconds
