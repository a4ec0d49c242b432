"""Draw the networks of the course: the first table of each page that shows its own drawing, in the page's language.

.venv/bin/python scripts/course_pictures.py
"""

from pathlib import Path

from striate.cli import main


COURSE, PICTURES = Path("docs/course"), Path("docs/pictures/course")


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for page in sorted(COURSE.glob("*/*.md")):
        drawing = PICTURES / f"{page.stem}.{page.parent.name}.png"
        if drawing.name in page.read_text(encoding="utf-8"):
            main(["draw", f"{page}#1", "-o", str(drawing)])
