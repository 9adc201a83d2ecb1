"""The decks as a speaker has them: in a browser, from the disk, with the network off."""

import shutil
from pathlib import Path

import pytest
from pages import violations

from publishing.slides import write_decks

NOTEBOOKS = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))
each_deck = pytest.mark.parametrize("stem", [path.stem for path in NOTEBOOKS])

SCREEN = {"width": 1280, "height": 720}

# Each slide in turn, with all of its fragments shown and its folds open: what is drawn beyond the
# screen, what is smaller than 19 px, and figures that are much smaller than in the notebook (where
# they have half of their pixels).
LOOK = """() => {
  const found = [];
  for (const slide of Reveal.getSlides()) {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v);
    slide.querySelectorAll(".fragment").forEach((one) => one.classList.add("visible"));
    slide.querySelectorAll("details").forEach((fold) => { fold.open = true; });
    const skipped = "aside, mjx-assistive-mml, style, script";
    for (const element of slide.querySelectorAll(".page *")) {
      if (element.closest(skipped) || element.matches("[data-step] figure img")) continue;
      const box = element.getBoundingClientRect();
      if (box.width && (box.bottom > innerHeight || box.right > innerWidth)) {
        found.push(`${slide.id}: ${element.localName} reaches ${box.right} x ${box.bottom}`);
      }
      if (element.localName === "pre" && element.scrollWidth > element.clientWidth) {
        found.push(`${slide.id}: code is cut off`);
      }
    }
    for (const image of slide.querySelectorAll(".figure > img")) {
      if (image.getBoundingClientRect().height / image.naturalHeight < 0.45) {
        found.push(`${slide.id}: a figure is smaller than in the notebook`);
      }
    }
    const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      if (!texts.currentNode.data.trim() || element.closest(skipped + ", svg, .figure")) continue;
      let size = parseFloat(getComputedStyle(element).fontSize);
      for (let one = element; one; one = one.parentElement) {
        size *= parseFloat(getComputedStyle(one).zoom || 1);
      }
      if (size < 19) found.push(`${slide.id}: text of ${size} px`);
      if (/\\$[^$]+\\$/.test(texts.currentNode.data) && !element.closest("pre, code")) {
        found.push(`${slide.id}: a formula is not drawn`);
      }
    }
  }
  return found;
}"""
PLACE = "() => { const { h, v, f } = Reveal.getIndices(); return [h, v || 0, f ?? -1]; }"


@pytest.fixture(scope="session")
def decks(built_once):
    """Build the decks; no test may change them."""

    def write(folder):
        assert list(write_decks(NOTEBOOKS, folder)) == [path.stem for path in NOTEBOOKS]

    return built_once("slides", write)


@pytest.fixture
def open_deck(decks, open_page):
    """Open a deck on a projector of 1280 x 720, without a network."""

    def open_deck(stem, rest="", **options):
        options = {"viewport": SCREEN, "offline": True, **options}
        page = open_page((decks / f"{stem}.html").as_uri() + rest, **options)
        page.wait_for_selector("html.ready", timeout=60_000)
        return page

    return open_deck


@each_deck
def test_every_slide_fits_and_can_be_read_from_the_last_row(open_deck, stem):
    page = open_deck(stem, keep=True)
    assert page.evaluate(LOOK) == []
    assert page.locator("mjx-merror").count() == 0


@pytest.mark.parametrize("stem", ["01_text_to_numbers", "03_recurrent_cell", "05_bptt"])
def test_the_talk_can_be_given_with_the_space_bar(open_deck, stem):
    page = open_deck(stem)
    places = [page.evaluate(PLACE)]
    for _ in range(400):
        page.keyboard.press("Space")
        place = page.evaluate(PLACE)
        if place == places[-1]:
            break
        places.append(place)
    n_slides, n_fragments = page.evaluate(
        "() => [Reveal.getTotalSlides(), document.querySelectorAll('.fragment').length]"
    )
    assert len({tuple(place[:2]) for place in places}) == n_slides
    assert len(places) == n_slides + n_fragments
    assert page.evaluate("() => Reveal.isLastSlide()")


def test_a_fold_opens_and_its_answer_fits(open_deck):
    page = open_deck("03_recurrent_cell", "#/forgets-predict")
    fold = page.locator("#forgets-predict details")
    assert fold.locator("p").is_hidden()
    fold.locator("summary").click()
    assert fold.locator("p").is_visible()
    page.keyboard.press("Enter")  # the summary has the focus
    assert fold.locator("p").is_hidden()


def test_a_stepper_steps_and_the_deck_stays(open_deck):
    page = open_deck("03_recurrent_cell", "#/stepper-2")
    slide = page.locator("#stepper-2")
    slide.get_by_role("button", name="Next").click()
    assert "Time step 2 of 6" in slide.get_by_role("status").inner_text()
    slide.get_by_role("slider").press("ArrowRight")
    assert "Time step 3 of 6" in slide.get_by_role("status").inner_text()
    assert page.evaluate("() => Reveal.getCurrentSlide().id") == "stepper-2"


def test_a_link_leads_to_the_section_of_another_deck(open_deck):
    page = open_deck("03_recurrent_cell", "#/parameters-text")
    page.locator("#parameters-text a").click()
    page.wait_for_selector("html.ready", timeout=60_000)
    assert page.url.split("/")[-2].startswith("02_word_vectors.html")
    assert page.locator("section.present section.present h2").inner_text() == "A table of numbers"


def test_the_speaker_sees_notes_the_next_slide_and_the_pace(open_deck):
    page = open_deck("03_recurrent_cell", "#/forgets-predict")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    notes = speaker.locator(".speaker-controls-notes .value")
    speaker.wait_for_function("document.querySelector('.speaker-controls-notes .value').innerText")
    assert "The repair is the loop of notebook 00" in notes.inner_text()
    assert notes.locator("mjx-container svg").count() == 2
    assert notes.locator("mjx-assistive-mml").count() == 0  # it would be seen beside the formula
    assert speaker.locator("iframe").count() == 2
    assert speaker.locator(".pacing-title").is_visible()
    page.evaluate(
        "() => Reveal.slide(...Object.values(Reveal.getIndices("
        "document.getElementById('exercise-step-text'))))"
    )
    speaker.wait_for_function(
        "document.querySelector('.speaker-controls-notes').innerText.includes('Expect these')"
    )
    assert "the previous state is left out" in notes.inner_text()


@each_deck
def test_axe_finds_nothing(open_deck, stem):
    """All slides are in the page at once as it is printed."""
    page = open_deck(stem, "?print-pdf", keep=True)
    page.wait_for_selector(".pdf-page")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in violations(page)] == []
    pages, slides = page.locator(".pdf-page").count(), page.locator(".pdf-page .page").count()
    assert pages == slides


def test_the_list_of_decks_leads_to_each_of_them(decks, open_page):
    page = open_page((decks / "index.html").as_uri(), viewport=SCREEN)
    links = page.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert links == [f"{path.stem}.html" for path in NOTEBOOKS]
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations(page)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("licences/MathJax.txt", "Apache License"),
        ("licences/Source Sans Pro.txt", "SIL Open Font License"),
        ("licences/DejaVu Sans Mono.txt", "Bitstream"),
        ("reveal.js/LICENSE", "Permission is hereby granted"),
    ],
)
def test_what_the_decks_bring_along_has_its_licence(decks, name, text):
    assert text in (decks / name).read_text(encoding="utf-8")


def test_older_slides_are_replaced_whole(decks, tmp_path):
    older = shutil.copytree(decks, tmp_path / "slides")
    (older / "old.html").write_text("old")
    write_decks(NOTEBOOKS[:1], older)
    assert not (older / "old.html").exists()
    assert (older / f"{NOTEBOOKS[0].stem}.html").exists()
    assert not (older / f"{NOTEBOOKS[1].stem}.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["slides"]
