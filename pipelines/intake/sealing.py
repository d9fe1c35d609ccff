"""Keys, sealed originals and the keys of keyed hashes.

Originals may hold names and numbers of identity cards: they are encrypted at rest (AES-256-GCM) under a key that lies
beside the lake, never in it.
"""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipelines.intake.said import periods_in
from pipelines.periods import Cadence, Period
from pipelines.settings import Settings
from warehouse.lake import ANNOTATED, ORIGINAL, TRUE_NAME, Lake, Receipt, sync, write_durably

_NONCE = 12
_MARK = b"GUBEN1"


def key(home: Path, name: str) -> bytes:
    """The key of that name, 32 bytes; made at first use, readable by its owner only."""
    folder = home / "keys"
    path = folder / f"{name}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written aside and linked: a key is whole or absent, and of two processes the first one's key stays.
        aside = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        write_durably(aside, secrets.token_bytes(32), mode=0o600)
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
        sync(folder)
    content = path.read_bytes()
    if len(content) != 32:
        raise ValueError(f"{path} is not a key of 32 bytes; restore it from a backup")
    return content


def originals_key(settings: Settings) -> bytes:
    """The key that seals originals."""
    return key(settings.home, "originals")


def pseudonym_key(settings: Settings) -> bytes:
    """The key of the keyed hashes of secret fields."""
    return key(settings.home, "pseudonym")


def seal(content: bytes, sealing_key: bytes, sha256: str) -> bytes:
    """Encrypt an original, bound to its hash."""
    nonce = os.urandom(_NONCE)
    return _MARK + nonce + AESGCM(sealing_key).encrypt(nonce, content, sha256.encode())


def unseal(sealed: bytes, sealing_key: bytes, sha256: str) -> bytes:
    """Decrypt an original.

    Raises:
        ValueError: when the key is another one, or the bytes were changed.
    """
    body = sealed.removeprefix(_MARK)
    try:
        return AESGCM(sealing_key).decrypt(body[:_NONCE], body[_NONCE:], sha256.encode())
    except InvalidTag:
        raise ValueError("the sealed original was made with another key, or has been changed") from None


def open_original(settings: Settings, submission_id: str) -> bytes:
    """The bytes that came in as this submission.

    Raises:
        LookupError: when there is no such submission, or its original was deleted when the retention had passed.
        ValueError: when it cannot be decrypted.
    """
    lake = Lake(settings.home)
    receipt = _receipt(lake, submission_id)
    path = lake.folder(receipt) / ORIGINAL
    if not path.exists():
        raise LookupError(f"submission {receipt.submission_id} has no original any more; its hash is {receipt.sha256}")
    return unseal(path.read_bytes(), originals_key(settings), receipt.sha256)


def annotated_of(sha256: str) -> str:
    """What the workbook that is handed back is bound to: it cannot take the place of the original."""
    return f"annotated:{sha256}"


def name_of(sha256: str) -> str:
    """What the name of a file is bound to that is not called by it to others."""
    return f"name:{sha256}"


def true_name(settings: Settings, submission_id: str) -> str:
    """The name that a file came in with, also where its receipt leaves something of it out.

    Raises:
        LookupError: when there is no such submission.
        ValueError: when it cannot be decrypted.
    """
    lake = Lake(settings.home)
    receipt = _receipt(lake, submission_id)
    path = lake.folder(receipt) / TRUE_NAME
    if not path.exists():
        return receipt.file_name
    return unseal(path.read_bytes(), originals_key(settings), name_of(receipt.sha256)).decode()


def annotated_workbook(settings: Settings, submission_id: str) -> bytes:
    """The workbook with marked faults that belongs to this submission: an .xlsx.

    Raises:
        LookupError: when there is no such submission, it has no faults, or the retention has passed.
        ValueError: when it cannot be decrypted.
    """
    lake = Lake(settings.home)
    receipt = _receipt(lake, submission_id)
    path = lake.folder(receipt) / ANNOTATED
    if not path.exists():
        raise LookupError(
            f"submission {receipt.submission_id} has no annotated workbook: its file had no faults in its cells, "
            "or the retention has passed"
        )
    return unseal(path.read_bytes(), originals_key(settings), annotated_of(receipt.sha256))


def annotated_name(receipt: Receipt) -> str:
    """How the workbook is named that is handed back: handed in again, its name says as much as the first one's."""
    stem = receipt.file_name.rpartition(".")[0] or receipt.file_name
    if receipt.period_end and receipt.period_type and not periods_in(stem, "", bare_year=True):
        stem += f"_{Period(receipt.period_end, Cadence(receipt.period_type)).chinese}"
    return f"{stem}_标注.xlsx"


def _receipt(lake: Lake, submission_id: str) -> Receipt:
    receipt = lake.receipt(submission_id)
    if receipt is None:
        raise LookupError(f"no such submission: {submission_id}")
    return receipt
