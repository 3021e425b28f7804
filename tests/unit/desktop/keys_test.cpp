// Keys on a real X server: what is pressed in a page is what programs get.
#include "desk.hpp"

using namespace desktop_test;
namespace utf = boost::unit_test;

namespace {
// Virtual keys.
constexpr int kReturn = 0x0D;
constexpr int kShift = 0x10;
constexpr int kControl = 0x11;
constexpr int kCapsLock = 0x14;
constexpr int kPad0 = 0x60;
constexpr int kPlus = 0xBB;
constexpr int kRightBracket = 0xDD;
constexpr int kAltGr = 0xE1;

/// Both kinds of viewer before a keyboard.
struct Keys : Desk {
    Page page;
    Page theirs;
    std::string wanted;

    Keys() {
        open(page, ours({}));
        open(theirs, kMeshCentral);
        BOOST_REQUIRE(runUntil(loop, [&] { return page.size.w > 0 && theirs.size.w > 0; }));
    }
    /// Layouts as setxkbmap has them; the one with this number is in force.
    void setLayout(const std::string& names, unsigned number = 0) {
        painter.setLayout(names);
        painter.lockGroup(number);
    }
    void write(std::u16string_view text) {
        for (const auto unit : text) page.type(unit);
    }
    /// Everything that was sent has been pressed; nobody has looked at it yet.
    void waitPressed() {
        // Signs are pressed in the round after that of the first question.
        for (int question = 0; question < 2; ++question) {
            page.count[11] = 0;
            page.send({11, 4});
            BOOST_REQUIRE(runUntil(loop, [&] { return page.count[11] == 1; }));
        }
    }
    void lockCapitals() {
        page.tap(kCapsLock);
        BOOST_REQUIRE(runUntil(loop, [&] { return (painter.modifiers() & LockMask) != 0; }));
    }
    /// What has been typed since this was last asked is `more`.
    bool hasTyped(const std::string& more) {
        wanted += more;
        const bool isThere = runUntil(loop, [&] { return painter.typed() == wanted; }, Milliseconds(20'000));
        if (!isThere) BOOST_TEST_MESSAGE(painter.typed() << " instead of " << wanted);
        return isThere;
    }
};
}  // namespace

BOOST_AUTO_TEST_SUITE(desktop_keys, *utf::precondition(needsX))

BOOST_FIXTURE_TEST_CASE(keys_come_up_when_their_viewer_goes, Desk) {
    Page page;
    Page other;
    open(page, {});
    open(other, {});
    page.send({1, 6, 0x0010});  // Shift stays down
    page.send({1, 6, 0x0041});
    BOOST_REQUIRE(runUntil(loop, [&] { return painter.typed() == "A"; }));
    hub.close(page.id);
    BOOST_REQUIRE(runUntil(loop, [&] { return painter.modifiers() == 0; }));
    other.send({1, 6, 0x0042});
    BOOST_TEST(runUntil(loop, [&] { return painter.typed() == "Ab"; }));
}

BOOST_FIXTURE_TEST_CASE(every_character_arrives_whatever_the_layout_has, Desk) {
    Page page;
    open(page, {});
    std::string wanted;
    for (int c = 0x410; c < 0x450; ++c) {
        page.type(c);
        wanted += c < 0x1000 ? "[U0" : "[U";
        char hex[8];
        std::snprintf(hex, sizeof hex, "%X]", static_cast<unsigned>(c));
        wanted += hex;
        // One after the other, as people type.
        BOOST_REQUIRE(runUntil(loop, [&] { return painter.typed() == wanted; }, Milliseconds(20'000)));
    }
}

BOOST_FIXTURE_TEST_CASE(a_change_of_the_layout_is_followed, Desk) {
    Page page;
    open(page, {});
    const std::vector<std::pair<std::string, std::string>> layouts{
        {"de", "yz@[udiaeresis]"}, {"us", "yz@[udiaeresis]yz@[udiaeresis]"}, {"fr", "yz@[udiaeresis]yz@[udiaeresis]yz@[udiaeresis]"}};
    for (const auto& [layout, wanted] : layouts) {
        painter.setLayout(layout);
        for (const int c : {0x79, 0x7A, 0x40, 0xFC}) page.type(c);
        BOOST_TEST(runUntil(loop, [&, &wanted = wanted] { return painter.typed() == wanted; }, Milliseconds(10'000)));
        BOOST_TEST(painter.typed() == wanted);
    }
    // A key is the one with that symbol: on a French keyboard A is where Q is on others.
    page.send({1, 6, 0x0041});
    page.send({1, 6, 0x0141});
    BOOST_TEST(runUntil(loop, [&] { return painter.typed().ends_with("a"); }));
}

BOOST_FIXTURE_TEST_CASE(signs_that_a_layout_has_arrive_however_late_a_program_looks, Keys) {
    setLayout("ru");
    write(u"\u0444\u044B\u0432\u0430\u043F\u0440\u043E\u043B\u0434\u0436\u044D\u0439\u0446\u0443\u043A\u0435"
          u"\u043D\u0433\u0448\u0449\u0437\u0445\u042A\u042F");
    waitPressed();
    BOOST_TEST(painter.typed() ==
               "[Cyrillic_ef][Cyrillic_yeru][Cyrillic_ve][Cyrillic_a][Cyrillic_pe][Cyrillic_er][Cyrillic_o]"
               "[Cyrillic_el][Cyrillic_de][Cyrillic_zhe][Cyrillic_e][Cyrillic_shorti][Cyrillic_tse][Cyrillic_u]"
               "[Cyrillic_ka][Cyrillic_ie][Cyrillic_en][Cyrillic_ghe][Cyrillic_sha][Cyrillic_shcha][Cyrillic_ze]"
               "[Cyrillic_ha][Cyrillic_HARDSIGN][Cyrillic_YA]");
    wanted = painter.typed();
    setLayout("gr");
    write(u"\u03B1\u03A9");
    BOOST_TEST(hasTyped("[Greek_alpha][Greek_OMEGA]"));
    setLayout("cz");
    write(u"\u011B\u0161");
    BOOST_TEST(hasTyped("[ecaron][scaron]"));
}

BOOST_FIXTURE_TEST_CASE(signs_of_a_layout_that_is_not_in_force_are_taken_from_it, Keys) {
    setLayout("us,ru", 0);
    write(u"a\u0444\u0424b");
    BOOST_TEST(hasTyped("a[Cyrillic_ef][Cyrillic_EF]b"));
    BOOST_TEST(painter.group() == 0U);
    setLayout("us,ru", 1);
    write(u"\u0444Q\u0444");
    BOOST_TEST(hasTyped("[Cyrillic_ef]Q[Cyrillic_ef]"));
    BOOST_TEST(painter.group() == 1U);
}

BOOST_FIXTURE_TEST_CASE(more_signs_than_there_are_free_keys_wait_and_what_follows_waits_with_them, Keys) {
    setLayout("us");
    std::u16string text;
    std::string names;
    for (char16_t c = 0x410; c < 0x450; ++c) {
        text += c;
        char name[16];
        std::snprintf(name, sizeof name, "[U%04X]", static_cast<unsigned>(c));
        names += name;
    }
    write(text + u"x");
    page.tap(kReturn);
    BOOST_TEST(hasTyped(names + "x[Return]"));
}

BOOST_FIXTURE_TEST_CASE(a_key_comes_up_though_text_that_waits_was_before_it, Keys) {
    setLayout("us");
    page.hold(kShift);
    for (char16_t c = 0x4E00; c < 0x5000; ++c) page.type(c);
    page.release(kShift);
    waitPressed();
    BOOST_TEST(painter.modifiers() == ShiftMask);
    hub.close(page.id);
    hub.close(theirs.id);
    BOOST_TEST(runUntil(loop, [&] { return painter.modifiers() == 0; }));
}

BOOST_FIXTURE_TEST_CASE(capslock_changes_no_sign_that_is_written, Keys) {
    setLayout("fr");
    lockCapitals();
    write(u"aA\u00E9\u00E7\u00E0290&");
    BOOST_TEST(hasTyped("aA[eacute][ccedilla][agrave]290&"));
    setLayout("us");
    write(u"aA1!\u00E9\u00D1\u00F1\u0444\u0424");
    BOOST_TEST(hasTyped("aA1![eacute][Ntilde][ntilde][U0444][U0424]"));
    setLayout("de");
    write(u"\u00E4\u00C4\u00DF?@");
    BOOST_TEST(hasTyped("[adiaeresis][Adiaeresis][ssharp]?@"));
    setLayout("ru");
    write(u"\u0444\u0424");
    BOOST_TEST(hasTyped("[Cyrillic_ef][Cyrillic_EF]"));
    BOOST_TEST((painter.modifiers() & LockMask) != 0U);
}

BOOST_FIXTURE_TEST_CASE(a_digit_of_our_page_is_one_on_every_layout, Keys) {
    setLayout("fr");  // digits with Shift only
    page.tap('1');
    BOOST_TEST(hasTyped("1"));
    page.hold('2');
    page.hold('2');  // held down
    page.release('2');
    BOOST_TEST(hasTyped("22"));
    page.hold(kShift);
    page.tap('3');
    page.release(kShift);
    BOOST_TEST(hasTyped("3"));
    page.hold(kControl);
    page.tap('4');
    page.release(kControl);
    BOOST_TEST(hasTyped("'"));
    setLayout("us");
    page.hold(kShift);
    page.tap('1');
    page.release(kShift);
    BOOST_TEST(hasTyped("!"));
    BOOST_TEST(painter.modifiers() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_digits_key_of_a_meshcentral_viewer_writes_what_it_has, Keys) {
    setLayout("fr");
    theirs.tap('1');
    BOOST_TEST(hasTyped("&"));
    theirs.hold(kShift);
    theirs.tap('1');
    theirs.release(kShift);
    BOOST_TEST(hasTyped("1"));
}

BOOST_FIXTURE_TEST_CASE(the_number_pad_writes_digits_without_numlock_and_with_shift, Keys) {
    for (const auto* layout : {"fr", "us"}) {
        setLayout(layout);
        for (auto* each : {&page, &theirs}) {
            each->tap(kPad0 + 7);
            BOOST_TEST(hasTyped("7"));
            each->hold(kShift);
            each->tap(kPad0 + 8);
            each->tap('Q');
            each->release(kShift);
            BOOST_TEST(hasTyped("8Q"));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(latin_letters_of_our_page_arrive_where_another_alphabet_is_in_force, Keys) {
    setLayout("us,ru", 1);
    page.tap('F');
    page.hold(kShift);
    page.tap('F');
    page.release(kShift);
    page.tap('F');
    BOOST_TEST(hasTyped("fFf"));
    // Everything that MeshCentral's viewer sends is a key at its place, and so is a shortcut, in which programs
    // look for the Latin letter themselves.
    theirs.tap('F');
    page.hold(kControl);
    page.tap('F');
    page.release(kControl);
    BOOST_TEST(hasTyped("[Cyrillic_a]f"));
}

BOOST_FIXTURE_TEST_CASE(a_shortcut_presses_no_key_that_has_its_sign_with_shift_only, Keys) {
    const std::vector<std::pair<std::string, std::string>> layouts{{"us", "=]"}, {"de", "++"}};
    for (const auto& [layout, signs] : layouts) {
        setLayout(layout);
        for (auto* each : {&page, &theirs}) {
            each->hold(kControl);
            each->tap(kPlus);
            each->tap(kRightBracket);
            each->release(kControl);
            BOOST_TEST(hasTyped(signs));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(altgr_of_a_meshcentral_viewer_reaches_the_third_level, Keys) {
    setLayout("de");
    theirs.hold(kAltGr);
    theirs.tap('E');
    theirs.release(kAltGr);
    BOOST_TEST(hasTyped("[EuroSign]"));
    BOOST_TEST(painter.modifiers() == 0U);
}

BOOST_FIXTURE_TEST_CASE(ctrl_alt_del_is_always_sent_with_a_hint_where_no_program_seems_to_wait, Desk) {
    Page page;
    open(page, ours({}));
    page.send({10, 4});
    BOOST_REQUIRE(runUntil(loop, [&] { return page.count[65] == 1; }));
    BOOST_TEST(runUntil(loop, [&] { return painter.typed() == "[Delete]"; }, Milliseconds(10'000)));
    painter.grabCtrlAltDel();
    page.send({10, 4});
    BOOST_TEST(runUntil(loop, [&] { return painter.typed() == "[Delete][Delete]"; }, Milliseconds(10'000)));
    BOOST_TEST(page.count[65] == 1);
    BOOST_TEST(painter.modifiers() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
