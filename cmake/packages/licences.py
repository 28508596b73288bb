"""The licences of what is linked into the packages, as the distribution's packages carry them."""

from pathlib import Path

from common import ROOT, Failure

# What is in the library, then what the command adds.
PARTS = {
    "liburing (used under the MIT licence)": "liburing-dev",
    "llhttp": "libllhttp-dev",
    "PCRE2": "libpcre2-dev",
    "zlib": "zlib1g-dev",
    "Brotli": "libbrotli-dev",
    "Zstandard": "libzstd-dev",
    "OpenSSL": "libssl-dev",
    "xxHash": "libxxhash-dev",
    "toml++": "libtomlplusplus-dev",
    "libstdc++ and libgcc (with the GCC Runtime Library Exception)": "libstdc++-*-dev",
    "CLI11 (the trivet command alone)": "libcli11-dev",
}
PAGES = ROOT / "build" / "pages" / "LICENCES.txt"
PLACES = [ROOT / "build" / "sysroot" / "usr" / "share" / "doc", Path("/usr/share/doc")]


def third_party() -> str:
    text = ["Trivet's libraries and programs contain these works of others.\n"]
    for part, package in PARTS.items():
        files = [file for place in PLACES for file in sorted(place.glob(f"{package}/copyright"))]
        if not files:
            raise Failure(f"the licence of {part} is missing: no copyright file of {package}")
        content = files[-1].read_text(errors="replace").rstrip()
        text.append(f"{'=' * 78}\n{part}\n{'=' * 78}\n\n{content}\n")
    if not PAGES.exists():
        raise Failure("the licences of the documentation's pages are missing: run make setup")
    part = "Swagger UI and Scalar (the documentation's pages)"
    text.append(f"{'=' * 78}\n{part}\n{'=' * 78}\n\n{PAGES.read_text().rstrip()}\n")
    return "\n".join(text)


def write(folder: Path) -> None:
    """LICENSE and LICENSE-third-party.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes())
    (folder / "LICENSE-third-party.txt").write_text(third_party())
