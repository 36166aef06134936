"""Signatures over reasoning: opaque to clients, verified without any state, as stateless providers do."""

import hashlib
import hmac
from base64 import b64decode, b64encode

DIGEST_BYTES = 32


def sign(nonce: str, text: str) -> str:
    """A signature over a reasoning text, opaque to clients; verified without any state."""
    mac = hmac.new(b"canary-simulate", f"{nonce}|{text}".encode("utf-8", "surrogatepass"), hashlib.sha256)
    return b64encode(bytes.fromhex(nonce) + mac.digest()).decode()


def signed(signature: str, text: str) -> bool:
    """Whether `sign` made this signature over this very text."""
    nonce = nonce_of(signature)
    return nonce is not None and hmac.compare_digest(sign(nonce, text).encode(), signature.encode())


def nonce_of(signature: str) -> str | None:
    """The nonce that a signature was made with; None where the text can be no signature."""
    try:
        return b64decode(signature, validate=True)[:-DIGEST_BYTES].hex()
    except ValueError:
        return None
