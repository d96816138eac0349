"""Where the files of `deploy/` are: beside the packages in a checkout and in the image."""

from pathlib import Path

from warehouse.errors import OperatorError


def deployment_file(name: str) -> Path:
    """The file `deploy/<name>`, also when the command runs from the project's folder."""
    for root in (Path(__file__).resolve().parent.parent, Path.cwd()):
        path = root / "deploy" / name
        if path.is_file():
            return path
    raise OperatorError(f"deploy/{name} is neither beside the packages nor in this folder.")
