"""Build what is taught with: `python -m publishing slides FOLDER NOTEBOOK...`."""

import argparse
import sys
from pathlib import Path


def main(arguments=None):
    """Read the command line and build; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m publishing", description=__doc__)
    parser.add_argument("what", choices=["slides"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("notebooks", type=Path, nargs="+")
    chosen = parser.parse_args(arguments)
    from publishing.slides import write_decks

    try:
        counts = write_decks(chosen.notebooks, chosen.folder)
    except (FileExistsError, FileNotFoundError) as error:
        sys.exit(str(error))
    for stem, n_slides in counts.items():
        print(f"{stem:<32} {n_slides:>3} slides")
    print(f"Open {chosen.folder / 'index.html'} in a browser.")


if __name__ == "__main__":
    main()
