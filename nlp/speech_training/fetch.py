"""`python -m nlp.speech_training.fetch` gets the official small Chinese model (`make model`)."""

import argparse
import hashlib
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Final

NAME: Final = "vosk-model-small-cn-0.22"
SIZE_BYTES: Final = 43_898_754
SHA256: Final = "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba"
# The model's public home. Licence: Apache-2.0.
HOME: Final = f"https://alphacephei.com/vosk/models/{NAME}.zip"

_MODELS: Final = Path(__file__).parents[2] / "var/models"
_UNPACKED_AT_MOST_BYTES: Final = 500_000_000


class NotFetched(RuntimeError):
    """The model could not be had, or is not the one that it should be."""


def fetch(models: Path, *, source: str = HOME, size_bytes: int = SIZE_BYTES, sha256: str = SHA256) -> Path:
    """Return the model's folder under `models`, after downloading, checking and unpacking it if need be.

    Nothing is left under `models` unless size and SHA-256 are right. Raises NotFetched.
    """
    target = models / Path(source).stem
    if target.is_dir():
        return target
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models.parent) as aside:
        archive = Path(aside) / "model.zip"
        _download(source, archive, size_bytes)
        _check(archive, size_bytes, sha256)
        unpack(archive, Path(aside) / "unpacked")
        folders = [path for path in (Path(aside) / "unpacked").iterdir() if path.is_dir()]
        if len(folders) != 1:
            raise NotFetched("the archive does not hold exactly one folder")
        folders[0].rename(target)
    return target


def _download(source: str, archive: Path, size_bytes: int) -> None:
    """Write what `source` sends, but no more than it should be: the rest would only fill the disk."""
    try:
        with urllib.request.urlopen(source, timeout=30) as answer, archive.open("wb") as file:
            while file.tell() <= size_bytes and (piece := answer.read(1 << 20)):
                file.write(piece)
    except (urllib.error.URLError, OSError) as error:
        raise NotFetched(f"{source} cannot be reached from here: {error}") from error


def _check(archive: Path, size_bytes: int, sha256: str) -> None:
    size = archive.stat().st_size
    if size != size_bytes:
        raise NotFetched(f"the download has {size:,} bytes or more, not {size_bytes:,}")
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise NotFetched(f"the download has the SHA-256 {found}, not {sha256}")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip file. Raises NotFetched when a member would land outside of `folder`, or it is a bomb."""
    with zipfile.ZipFile(archive) as packed:
        if sum(member.file_size for member in packed.infolist()) > _UNPACKED_AT_MOST_BYTES:
            raise NotFetched("the archive is far larger unpacked than a small model is")
        for member in packed.infolist():
            if not (folder / member.filename).resolve().is_relative_to(folder.resolve()):
                raise NotFetched(f"the archive holds a path that leads outside: {member.filename}")
        packed.extractall(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m nlp.speech_training.fetch", description=__doc__)
    parser.add_argument("--models", type=Path, default=_MODELS)
    models = parser.parse_args().models
    say = sys.stdout.write
    say(f"{NAME} ({SIZE_BYTES / 1e6:.0f} MB) from {HOME}\n")
    try:
        folder = fetch(models)
    except NotFetched as error:
        sys.stderr.write(
            f"没有取到模型 (no model fetched): {error}\n"
            "The practice model stays in use. On another machine, download the file above, check its\n"
            f"SHA-256 ({SHA256}) and unpack it into {models}.\n"
        )
        return 1
    say(f"{folder} is ready; it is used from the next start on.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
