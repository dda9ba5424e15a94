from pathlib import Path


def render(total):
    template = Path(__file__).parent / "page.html"
    return template.read_text().format(total=total)
