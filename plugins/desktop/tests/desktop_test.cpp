// The server's part of the desktop, without a server: who may do what, and for how long.
#define BOOST_TEST_MODULE desktop
#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <trellis/sdk/testing.hpp>

using namespace trellis::testing;

namespace {

constexpr std::uint16_t kDesktop = 2;
constexpr std::uint32_t kFull = device_right::kRemoteControl;
constexpr std::uint32_t kLooksOn = device_right::kRemoteControl | device_right::kViewOnly;
constexpr std::uint32_t kLimited = device_right::kRemoteControl | device_right::kLimitedInput;

struct FakeControl final : TunnelControl {
    void send(Side to, std::string bytes, bool isText) override {
        if (isText) (to == Side::Viewer ? told : toldDevice).push_back(std::move(bytes));
    }
    bool write(Side to, std::string bytes, bool isText) override {
        send(to, std::move(bytes), isText);
        return true;
    }
    void pause(Side) override {}
    void resume(Side) override {}
    void close(std::string why) override { reason = std::move(why); }
    std::vector<std::string> told, toldDevice;
    std::optional<std::string> reason;
};

TunnelInfo infoFor(std::uint32_t rights, const std::string& device = "node//test") {
    TunnelInfo info;
    info.deviceId = device;
    info.deviceRights = rights;
    info.caller.userId = "user//ada";
    info.caller.userName = "Ada";
    return info;
}

/// One open session, and what of a message gets through.
struct Open {
    Open(PluginUnderTest& plugin, std::uint32_t rights, std::vector<std::string> begin = {})
        : handler(plugin.openTunnel(kDesktop, infoFor(rights))) {
        handler->onOpen(control);
        for (const auto& text : begin) handler->onStart(text);
    }
    std::optional<std::string> pass(const std::string& message, bool isText = false, Side from = Side::Viewer) {
        Frame frame{std::as_bytes(std::span(message)), isText};
        verdict = handler->onFrame(from, frame);
        if (verdict == Verdict::Drop || verdict == Verdict::Close) return std::nullopt;
        return std::string(reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size());
    }
    bool passesText(const std::string& text, Side from = Side::Viewer) { return pass(text, true, from).has_value(); }
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    std::unique_ptr<TunnelHandler> handler;
    Verdict verdict = Verdict::Forward;
};

std::string command(unsigned type, const std::string& payload) {
    const auto size = static_cast<unsigned>(payload.size() + 4);
    const std::string head{static_cast<char>(type >> 8U), static_cast<char>(type), static_cast<char>(size >> 8U),
                           static_cast<char>(size)};
    return head + payload;
}
std::string zeros(std::size_t count) { return std::string(count, '\0'); }
std::string key(unsigned vk) { return command(1, {'\0', static_cast<char>(vk)}); }

const std::string kMove = command(2, zeros(6));
const std::string kRefresh = command(6, "");
const std::string kQuality = command(5, std::string("\x01\x32\x04\x00\x00\x64", 6));
std::string unicode(unsigned unit) { return command(85, {'\0', static_cast<char>(unit >> 8U), static_cast<char>(unit)}); }
const std::string kUnicode = unicode('a');
const std::string kCtrlAltDel = command(10, "");
const std::string kInputLock = command(87, zeros(1));

constexpr unsigned kLetterA = 0x41, kControl = 0x11, kAlt = 0x12, kWin = 0x5B, kF1 = 0x70, kTab = 0x09, kEnter = 0x0D;

}  // namespace

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(everything_passes_untouched_with_full_input) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open open(plugin, kFull);
    for (const auto& each : {kMove, key(kControl), kRefresh, kQuality, kUnicode, kCtrlAltDel, kInputLock,
                             command(300, "new")}) {
        BOOST_TEST((open.pass(each) == each));
        BOOST_TEST((open.verdict == Verdict::Forward));
    }
}

BOOST_AUTO_TEST_CASE(who_looks_on_reaches_only_the_picture) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open open(plugin, kLooksOn);
    for (const auto& each : {kMove, command(2, zeros(8)), command(208, zeros(6)), key(kLetterA), kUnicode, kCtrlAltDel, kInputLock,
                             command(15, zeros(10)), command(14, ""), command(17, "hi"), command(300, "new")}) {
        BOOST_TEST(!open.pass(each));
        BOOST_TEST((open.verdict == Verdict::Drop));
    }
    for (const auto& each : {kQuality, kRefresh, command(8, zeros(1)), command(11, ""), command(12, zeros(2)),
                             command(13, zeros(2)), command(202, zeros(8)), command(204, ""), command(206, zeros(5))}) {
        BOOST_TEST((open.pass(each) == each));
    }
    BOOST_TEST((open.pass(kMove + kRefresh + key(kLetterA) + kQuality) == kRefresh + kQuality));
    BOOST_TEST((open.verdict == Verdict::Replaced));
}

BOOST_AUTO_TEST_CASE(every_right_at_once_is_no_restriction) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open open(plugin, device_right::kAdmin);
    BOOST_TEST(open.pass(key(kControl)).has_value());
}

BOOST_AUTO_TEST_CASE(limited_input_points_and_writes_but_has_no_shortcuts) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open open(plugin, kLimited);
    for (const auto& each : {kMove, command(208, zeros(6)), key(kLetterA), key(kEnter), key(0x08), key(0x10), key(0x25), key(0xBC), kUnicode, kRefresh}) {
        BOOST_TEST((open.pass(each) == each));
    }
    for (const auto& each : {key(kControl), key(kAlt), key(kWin), key(kF1), key(kTab), key(0x1B), key(0x2C), key(0xA2),
                             kCtrlAltDel, kInputLock, command(300, "new")}) {
        BOOST_TEST(!open.pass(each));
    }
}

BOOST_AUTO_TEST_CASE(limited_input_writes_no_control_characters_but_those_of_a_text) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open limited(plugin, kLimited);
    Open full(plugin, kFull);
    for (const unsigned unit : {3U, 9U, 0x1AU, 0x1BU, 0U, 0x7FU}) {
        BOOST_TEST(!limited.pass(unicode(unit)), unit);
        BOOST_TEST(full.pass(unicode(unit)).has_value(), unit);
    }
    for (const unsigned unit : {8U, 10U, 13U, 0x20U, 0xE4U, 0x0103U, 0xD83DU}) BOOST_TEST(limited.pass(unicode(unit)).has_value(), unit);
}

BOOST_AUTO_TEST_CASE(a_known_command_of_another_size_is_left_out) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open open(plugin, kFull);
    for (const unsigned type : {1U, 2U, 5U, 6U, 8U, 10U, 11U, 12U, 13U, 14U, 15U, 85U, 87U, 202U, 204U, 206U, 208U}) {
        BOOST_TEST((open.pass(command(type, zeros(29)) + kRefresh) == kRefresh), type);
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_ends_its_session_and_no_other) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open other(plugin, kFull);
    std::string many;
    for (int i = 0; i < 257; ++i) many += kRefresh;
    for (const auto& bad : {zeros(4), std::string("\x00\x06\x00\x03", 4), std::string("\x00\x06\x00", 3),
                            kMove.substr(0, 9), kRefresh + "x", many, command(300, zeros(65000)) + command(300, zeros(65000))}) {
        for (const auto rights : {kFull, kLooksOn}) {
            Open open(plugin, rights);
            BOOST_TEST(!open.pass(bad));
            BOOST_TEST((open.verdict == Verdict::Close));
            BOOST_TEST(open.control->reason.has_value());
        }
    }
    BOOST_TEST(!other.control->reason);
    BOOST_TEST(other.pass(kMove).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(who_looks_on_reaches_neither_clipboard_nor_lock_nor_a_way_around_the_server) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open open(plugin, kLooksOn);
    for (const char* text : {R"({"type":"clipboard","text":"x"})", R"({"type":"getclip"})", R"({"type":"lock"})",
                             R"({"type":"autolock","value":true})", R"({"type":"offer","sdp":""})", R"({"type":"\u006cock"})", R"({"type":7})", "{", "2"}) {
        BOOST_TEST(!open.passesText(text), text);
    }
    for (const char* text : {R"({"type":"rtt","time":1})", R"({"type":"ping"})", R"({"type":"close"})"}) {
        BOOST_TEST(open.passesText(text), text);
    }
    BOOST_TEST(!open.passesText(R"({"type":"clipboard","text":"secret"})", Side::Device));
    BOOST_TEST(open.passesText(R"({"type":"rtt","time":1})", Side::Device));
    BOOST_TEST(open.pass(zeros(3), false, Side::Device).has_value());
}

BOOST_AUTO_TEST_CASE(clipboards_go_the_ways_that_the_configuration_allows) {
    const char* clipboard = R"({"type":"clipboard","text":"x"})";
    for (const bool isToDevice : {true, false}) {
        FakeHost host;
        PluginUnderTest plugin(linkedPlugin(), host, {{"clipboard_to_device", isToDevice}, {"clipboard_from_device", !isToDevice}});
        Open open(plugin, kFull);
        BOOST_TEST(open.passesText(clipboard) == isToDevice);
        BOOST_TEST(open.passesText(clipboard, Side::Device) == !isToDevice);
        BOOST_TEST(open.passesText(R"({"type":"lock"})"));
    }
}

BOOST_AUTO_TEST_CASE(a_text_that_only_the_device_could_read_is_dropped) {
    const std::string deep = R"({"type":"clipboard","text":"x","more":)" + std::string(40, '[') + std::string(40, ']') + "}";
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host, {{"clipboard_to_device", false}});
    BOOST_TEST(!Open(plugin, kFull).passesText(deep));
    BOOST_TEST(!Open(plugin, kFull).passesText(R"({"type":"clipboard","text":"x",})"));
}

BOOST_AUTO_TEST_CASE(the_clipboard_commands_of_the_wire_are_held_to_the_rules_of_a_session) {
    const auto decide = [](PluginUnderTest& plugin, const char* command, std::uint32_t rights) {
        As caller;
        caller.deviceRights = rights;
        return plugin.decide("command.allow", {{"command", command}}, caller);
    };
    for (const bool isToDevice : {true, false}) {
        FakeHost host;
        PluginUnderTest plugin(linkedPlugin(), host, {{"clipboard_to_device", isToDevice}, {"clipboard_from_device", !isToDevice}});
        BOOST_TEST((decide(plugin, "setClip", kFull) == Decision::Deny) == !isToDevice);
        BOOST_TEST((decide(plugin, "getClip", kLimited) == Decision::Deny) == isToDevice);
        BOOST_TEST((decide(plugin, isToDevice ? "setClip" : "getClip", kLooksOn) == Decision::Deny));
        BOOST_TEST((decide(plugin, "msg", kLooksOn) == Decision::Abstain));
    }
}

BOOST_AUTO_TEST_CASE(a_viewer_may_choose_to_look_on_and_the_server_holds_him_to_it) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    Open open(plugin, kFull);
    BOOST_TEST(!open.passesText(R"({"type":"viewonly","value":true})"));
    BOOST_TEST(!open.pass(kMove));
    const auto listed = plugin.call("desktop.sessions", {{"nodeid", "node//test"}}).at("sessions").as_array();
    BOOST_TEST(listed.at(0).at("viewOnly").as_bool());
    open.passesText(R"({"type":"viewonly","value":false})");
    BOOST_TEST(open.pass(kMove).has_value());
    Open never(plugin, kLooksOn);
    never.passesText(R"({"type":"viewonly","value":false})");
    BOOST_TEST(!never.pass(kMove));
}

BOOST_AUTO_TEST_CASE(a_virtual_display_needs_full_input_and_the_configuration) {
    const std::string wish = R"({"type":"options","desktop":{"version":1,"codecs":[],"startVirtual":true}})";
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    BOOST_TEST(!Open(plugin, kFull, {wish, "2"}).control->reason);
    BOOST_TEST(Open(plugin, kLimited, {wish, "2"}).control->reason.has_value());
    FakeHost strictHost;
    PluginUnderTest strict(linkedPlugin(), strictHost, {{"virtual_display", false}});
    BOOST_TEST(Open(strict, kFull, {wish, "2"}).control->reason.has_value());
    BOOST_TEST(!Open(strict, kFull, {R"({"type":"options","desktop":{"startVirtual":1}})", "{", "2"}).control->reason);
}

BOOST_AUTO_TEST_CASE(a_virtual_display_is_for_who_may_open_terminals_and_no_guest) {
    const std::string wish = R"({"type":"options","desktop":{"version":1,"codecs":[],"startVirtual":true}})";
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    for (const auto& [rights, mayStart] : {std::pair{kFull, true}, {kFull | device_right::kNoTerminal, false}, {device_right::kAdmin, true}}) {
        BOOST_TEST(!Open(plugin, rights, {wish, "2"}).control->reason == mayStart);
        As caller;
        caller.deviceRights = rights;
        const auto options = plugin.call("desktop.options", {{"nodeid", "node//test"}}, caller);
        BOOST_TEST(options.at("virtualDisplay").as_bool() == mayStart);
    }
    auto guest = infoFor(kFull);
    guest.guestName = "Grace";
    const auto control = std::make_shared<FakeControl>();
    const auto handler = plugin.openTunnel(kDesktop, guest);
    handler->onOpen(control);
    handler->onStart(wish);
    BOOST_TEST(control->reason.has_value());
}

BOOST_AUTO_TEST_CASE(the_device_is_told_by_the_server_alone_that_it_may_start_a_virtual_display) {
    const std::string wish = R"({"type":"options","desktop":{"version":1,"codecs":[],"startVirtual":true}})";
    const auto isAllowed = [](const Open& open) {
        return open.control->toldDevice.size() == 1 &&
               json::parse(open.control->toldDevice[0]).at("type").as_string() == "startVirtual";
    };
    FakeHost host, strictHost;
    PluginUnderTest plugin(linkedPlugin(), host);
    PluginUnderTest strict(linkedPlugin(), strictHost, {{"virtual_display", false}});
    BOOST_TEST(isAllowed(Open(plugin, kFull, {wish, "2"})));
    BOOST_TEST(!isAllowed(Open(plugin, kFull, {"2"})));
    Open refused(strict, kFull, {wish, "2"});
    BOOST_TEST(refused.control->toldDevice.empty());
    BOOST_TEST(!refused.passesText(R"({"ctrlChannel":"102938","type":"startVirtual"})"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(one_viewer_more_than_allowed_is_refused_until_one_leaves) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host, {{"max_viewers", 1}});
    auto first = plugin.openTunnel(kDesktop, infoFor(kFull));
    BOOST_CHECK_EXCEPTION(plugin.openTunnel(kDesktop, infoFor(kFull)), Error,
                          [](const Error& error) { return error.code() == ErrorCode::Conflict; });
    BOOST_TEST(plugin.openTunnel(kDesktop, infoFor(kFull, "node//other")).get());
    BOOST_TEST(host.count("desktop_refused_total") == 1u);
    first->onClose("left");
    BOOST_TEST(plugin.openTunnel(kDesktop, infoFor(kFull)).get());
}

BOOST_AUTO_TEST_CASE(whoever_does_nothing_is_told_and_then_cut_off) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host, {{"idle_timeout_min", 5}});
    Open ours(plugin, kFull, {R"({"type":"options","desktop":{"version":1,"codecs":[]}})", "2"});
    Open theirs(plugin, kFull, {"2"});
    host.advance(std::chrono::minutes(3));
    ours.pass(kRefresh);  // the page's own, nobody did anything
    BOOST_TEST(ours.control->told.empty());
    host.advance(std::chrono::minutes(1));
    BOOST_REQUIRE(ours.control->told.size() == 1);
    BOOST_TEST(json::parse(ours.control->told[0]).at("seconds").to_number<int>() == 60);
    BOOST_TEST(json::parse(theirs.control->told.at(0)).at("type").as_string() == "console");
    theirs.pass(kMove);
    BOOST_TEST(json::parse(theirs.control->told.at(1)).at("msg").is_null());
    host.advance(std::chrono::minutes(1));
    BOOST_TEST(ours.control->reason.value_or("") == "Nothing was done for 5 min.");
    BOOST_TEST(!theirs.control->reason);
}

BOOST_AUTO_TEST_CASE(a_session_ends_after_its_longest_time_however_busy) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host, {{"max_length_min", 2}, {"idle_timeout_min", 0}});
    Open open(plugin, kFull);
    host.advance(std::chrono::seconds(115));
    open.pass(kMove);
    BOOST_TEST(!open.control->reason);
    host.advance(std::chrono::seconds(5));
    BOOST_TEST(open.control->reason.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(people)

BOOST_AUTO_TEST_CASE(the_list_says_who_is_on_and_every_change_is_told) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host);
    const auto names = [&] {
        std::vector<std::string> out;
        const auto answer = plugin.call("desktop.sessions", {{"nodeid", "node//test"}});
        for (const auto& each : answer.at("sessions").as_array()) {
            out.emplace_back(each.at("name").as_string());
        }
        return out;
    };
    auto guest = infoFor(kLooksOn);
    guest.guestName = "Grace";
    {
        Open ada(plugin, kFull);
        const auto second = plugin.openTunnel(kDesktop, guest);
        BOOST_TEST(names() == (std::vector<std::string>{"Ada", "Grace"}), boost::test_tools::per_element());
        const auto elsewhere = plugin.openTunnel(kDesktop, infoFor(kFull, "node//other"));
        BOOST_TEST(names().size() == 2u);
    }
    BOOST_TEST(names().empty());
    host.settle();
    BOOST_TEST(host.records().size() == 6u);
    for (const auto& event : host.records()) {
        BOOST_TEST(event.action == "desktop.sessionsChanged");
        BOOST_TEST(!event.isKept);
    }
}

BOOST_AUTO_TEST_CASE(options_say_what_the_caller_may_do) {
    FakeHost host;
    PluginUnderTest plugin(linkedPlugin(), host, {{"quality", 40}, {"clipboard_to_device", false}});
    As caller;
    for (const auto& [rights, input] : {std::pair{kFull, "full"}, {kLimited, "limited"}, {kLooksOn, "none"}}) {
        caller.deviceRights = rights;
        const auto options = plugin.call("desktop.options", {{"nodeid", "node//test"}}, caller);
        BOOST_TEST(options.at("input").as_string() == input);
        BOOST_TEST(options.at("quality").to_number<int>() == 40);
        BOOST_TEST(!options.at("clipboardToDevice").as_bool());
    }
    caller.deviceRights = kFull | device_right::kNoDesktop;
    BOOST_CHECK_THROW(plugin.call("desktop.options", {{"nodeid", "node//test"}}, caller), Error);
}

BOOST_AUTO_TEST_SUITE_END()
