"""A manager words the texts: the faults are shown where they stand, and nothing that was typed is ever lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import taps_when_the_session_has_ended
from tests.browser.test_manager import sign_in
from tests.product import Product

GOOD = "Dear {name|friend}, thank you for choosing us today. - {associate|Your team}, {brand}"


@pytest.fixture
def editor(page: Page, product: Product) -> Page:
    sign_in(page, product)
    page.get_by_test_id("page-wording").tap()
    expect(page.get_by_test_id("wording-bubble")).to_be_visible()
    return page


def write(page: Page, words: str) -> None:
    page.get_by_test_id("wording-text").fill(words)


def test_a_manager_writes_new_words_sees_them_on_a_phone_and_saves_them(editor: Page) -> None:
    editor.get_by_test_id("purpose-satisfaction").tap()
    editor.get_by_test_id("wording-language-en").tap()
    write(editor, "")
    expect(editor.get_by_test_id("fault-empty")).to_be_visible()
    write(editor, "How did you like it,")
    editor.get_by_test_id("field-name").tap()
    expect(editor.get_by_test_id("wording-text")).to_have_value("How did you like it, {name|there}")
    bubble = editor.get_by_test_id("wording-bubble")
    expect(bubble).to_have_text(re.compile(r"^How did you like it, Emma .*Reply STOP to opt out$"))
    editor.get_by_test_id("sample-nobody").tap()
    expect(bubble).to_have_text(re.compile(r"^How did you like it, there "))
    expect(editor.get_by_test_id("price-usual")).to_have_text("1 message")
    editor.get_by_test_id("wording-save").tap()
    expect(editor.get_by_test_id("wording-told")).to_contain_text("Version 2")
    history = editor.get_by_test_id("wording-history")
    expect(history.get_by_test_id("version-2")).to_contain_text("How did you like it")
    # What was said before can be taken up again.
    history.get_by_test_id("use-1").tap()
    expect(editor.get_by_test_id("wording-text")).to_have_value(re.compile("from 1"))


def test_a_fault_is_marked_where_it_stands_and_keeps_the_text_from_being_saved(editor: Page) -> None:
    words = "Hi 👋 {password}, thank you"
    write(editor, words)
    fault = editor.get_by_test_id("fault-unknown_field")
    expect(fault).to_contain_text("name, associate, brand, store")
    expect(editor.locator("mark.w-fault")).to_have_text("{password}")
    fault.get_by_role("button").tap()
    selected = editor.evaluate(
        "() => { const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd); }"
    )
    assert selected == "{password}"
    editor.get_by_test_id("wording-save").tap()
    expect(editor.get_by_test_id("wording-told")).to_contain_text("Not saved")
    expect(editor.get_by_test_id("wording-text")).to_have_value(words)


def test_what_makes_a_text_expensive_is_pointed_out_and_a_fourth_message_is_marked_where_it_begins(
    editor: Page,
) -> None:
    usual, marked = editor.get_by_test_id("sample-usual"), editor.locator("mark.w-fault")
    write(editor, "It’s " + "x" * 60)
    expect(editor.get_by_test_id("price-usual")).to_have_text("2 messages")
    expect(editor.locator("mark.w-letter")).to_have_text("’")
    expect(editor.get_by_test_id("wording-letters")).to_contain_text("’")
    expect(usual).to_contain_text("70 in one message")
    editor.get_by_test_id("wording-replace").tap()
    expect(editor.get_by_test_id("wording-text")).to_have_value("It's " + "x" * 60)
    expect(editor.get_by_test_id("price-usual")).to_have_text("1 message")
    expect(usual).to_contain_text("160 in one message")
    expect(editor.get_by_test_id("wording-letters")).to_have_count(0)

    # What counts is the longest name there may be, and not the usual one.
    long = "Hi {name}, " + "x" * 580
    write(editor, long)
    expect(editor.get_by_test_id("fault-too_many_segments")).to_contain_text("more than 3 messages")
    expect(editor.get_by_test_id("price-longest")).to_have_text("Too long to be sent")
    fits = long.removesuffix(marked.inner_text())
    assert 300 < len(fits) < len(long)
    write(editor, fits)
    expect(editor.get_by_test_id("sample-longest")).to_contain_text("459 characters · room for 0 more")
    expect(editor.get_by_test_id("price-longest")).to_have_text("3 messages")
    expect(usual).not_to_contain_text("room for 0 more")
    expect(marked).to_have_count(0)
    write(editor, fits + "y")
    expect(marked).to_have_text("y")


def test_words_survive_a_lost_network_a_reload_and_a_session_that_ends(editor: Page, product: Product) -> None:
    editor.get_by_test_id("purpose-follow_up_day_30").tap()
    write(editor, GOOD)
    editor.context.set_offline(True)
    editor.get_by_test_id("wording-save").tap()
    expect(editor.get_by_test_id("wording-told")).to_contain_text("kept on this device")
    editor.context.set_offline(False)
    editor.reload()
    text = editor.get_by_test_id("wording-text")
    expect(text).to_have_value(GOOD)
    taps_when_the_session_has_ended(editor, "wording-save")
    sign_in(editor, product)
    editor.goto("/manage/wording/follow_up_day_30/en")
    expect(text).to_have_value(GOOD)
    editor.get_by_test_id("wording-save").tap()
    expect(editor.get_by_test_id("wording-told")).to_contain_text("Saved")
    editor.reload()
    expect(text).to_have_value(GOOD)
    expect(editor.get_by_test_id("wording-discard")).to_have_count(0)


def test_two_who_write_at_once_both_keep_their_words(
    editor: Page, product: Product, new_context: Callable[..., BrowserContext]
) -> None:
    other = new_context().new_page()
    sign_in(other, product)
    for page in (editor, other):
        # No other test of this product sends one of these.
        page.goto("/manage/wording/follow_up_day_3/en")
        expect(page.get_by_test_id("wording-bubble")).to_be_visible()
    write(other, "Theirs, {brand}")
    other.get_by_test_id("wording-save").tap()
    expect(other.get_by_test_id("wording-told")).to_contain_text("Version 2")
    write(editor, "Mine, {brand}")
    editor.get_by_test_id("wording-save").tap()
    told = editor.get_by_test_id("wording-told")
    expect(told).to_contain_text("Theirs, {brand}")
    expect(editor.get_by_test_id("wording-text")).to_have_value("Mine, {brand}")
    editor.get_by_test_id("keep-mine").tap()
    expect(told).to_contain_text("Version 3")
    expect(editor.get_by_test_id("version-2")).to_contain_text("Theirs, {brand}")
