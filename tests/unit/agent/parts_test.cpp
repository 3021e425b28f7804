#include <boost/test/unit_test.hpp>

#include "core/agent/admission.hpp"
#include "core/agent/agent_messages.hpp"
#include "core/agent/flap_guard.hpp"
#include "core/agent/negotiation.hpp"
#include "core/agent/pace.hpp"
#include "core/agent/script_assembler.hpp"
#include "channel_fixture.hpp"

using namespace trellis;
using namespace trellis::agent;

BOOST_AUTO_TEST_SUITE(script_assembler)

BOOST_AUTO_TEST_CASE(hash_depends_on_parts_and_not_on_their_order_of_coming) {
    ScriptAssembler one("base;\n");
    ScriptAssembler two("base;\n");
    const auto empty = one.current()->hash;
    const auto a1 = one.addPart("a", "1;");
    {
        const auto b1 = one.addPart("b", "2;");
        const auto b2 = two.addPart("b", "2;");
        const auto a2 = two.addPart("a", "1;");
        BOOST_TEST((one.current()->hash == two.current()->hash));
        BOOST_TEST((one.current()->hash != empty));
    }
    BOOST_TEST((two.current()->hash == empty));
}

BOOST_AUTO_TEST_CASE(source_of_a_part_cannot_leave_its_string) {
    ScriptAssembler script("");
    const auto part = script.addPart("x\"y", "a\"b\\c\n\r\x01\xE2\x80\xA8z");
    BOOST_TEST(script.current()->text ==
               "trellis.part(\"x\\\"y\", \"a\\\"b\\\\c\\n\\u000d\\u0001\\u2028z\");\ntrellis.start();\n");
}

BOOST_AUTO_TEST_CASE(parts_that_clash_are_too_large_or_no_text_are_refused) {
    ScriptAssembler script("");
    const auto part = script.addPart("a", "1;");
    BOOST_CHECK_EXCEPTION(script.addPart("a", "2;"), sdk::Error,
                          trellis::test::is(sdk::ErrorCode::Conflict));
    BOOST_CHECK_EXCEPTION(script.addPart("b", "\xFF"), sdk::Error,
                          trellis::test::is(sdk::ErrorCode::InvalidArgument));
    BOOST_CHECK_EXCEPTION(script.addPart("b", std::string(ScriptAssembler::kMaxText, ' ')),
                          sdk::Error, trellis::test::is(sdk::ErrorCode::InvalidArgument));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(agent_messages)

namespace {
sdk::AgentMessageSpec spec(std::string action, std::size_t limit = 1000) {
    auto schema = sdk::Schema::object().allowUnknown();
    schema.prop("n", sdk::Schema::integer(), "Number.").required({"n"});
    return {std::move(action), schema, limit};
}
} // namespace

BOOST_AUTO_TEST_CASE(only_messages_of_the_right_shape_and_length_reach_the_handler) {
    testing::QuietLog log;
    AgentMessages messages(log);
    int calls = 0;
    auto registration = messages.add(
        spec("a.b", 60), [&](const MessageSender&, const json::object&) { ++calls; }, "x");
    using Outcome = AgentMessages::Outcome;
    const MessageSender sender{"node//1", "1.2.3.4:5", {}};
    const auto deliver = [&](std::string_view text) { return messages.deliver(sender, text); };
    BOOST_TEST((deliver(R"({"action":"a.b","n":1})") == Outcome::Handled));
    BOOST_TEST((deliver(R"({"action":"a.b"})") == Outcome::BadShape));
    BOOST_TEST((deliver(R"({"action":"a.b","n":"1"})") == Outcome::BadShape));
    BOOST_TEST((deliver(R"({"action":"a.b","n":1,"pad":")" + std::string(60, 'x') + "\"}") ==
                Outcome::TooLong));
    BOOST_TEST((deliver(R"({"action":"other","n":1})") == Outcome::Unknown));
    BOOST_TEST((deliver(R"({"n":1})") == Outcome::BadShape));
    BOOST_TEST((deliver("[1]") == Outcome::NotJson));
    BOOST_TEST((deliver(std::string(10000, '[')) == Outcome::NotJson));
    BOOST_TEST(calls == 1);
    registration.withdraw(sdk::Clock::now() + sdk::Seconds(1));
    BOOST_TEST((deliver(R"({"action":"a.b","n":1})") == Outcome::Unknown));
}

BOOST_AUTO_TEST_CASE(name_that_is_taken_is_refused_with_both_owners) {
    testing::QuietLog log;
    AgentMessages messages(log);
    const auto nothing = [](const MessageSender&, const json::object&) {};
    const auto kept = messages.add(spec("a"), nothing, "first");
    BOOST_TEST(messages.ownerOf("a") == "first");
    BOOST_CHECK_EXCEPTION((void)messages.add(spec("a"), nothing, "second"), sdk::Error,
                          trellis::test::is(sdk::ErrorCode::Conflict, "first"));
    BOOST_CHECK_THROW((void)messages.add(spec("with space"), nothing, "x"), sdk::Error);
}

BOOST_AUTO_TEST_CASE(handler_that_throws_is_a_failure_and_no_more) {
    testing::QuietLog log;
    AgentMessages messages(log);
    const auto kept = messages.add(
        spec("a"), [](const MessageSender&, const json::object&) { throw 7; }, "x");
    BOOST_TEST((messages.deliver({}, R"({"action":"a","n":1})") == AgentMessages::Outcome::Failed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(negotiation)

namespace {
Negotiation::Settings scriptOnly() {
    Negotiation::Settings out;
    out.capabilities = wire::capability::kJavaScript;
    out.archId = wire::arch::kLinuxX64;
    auto script = std::make_shared<AgentScript>();
    script->hash = wire::sha384(wire::bytesOf("script"));
    out.script = [script] { return script; };
    return out;
}
} // namespace

BOOST_AUTO_TEST_CASE(unknown_architecture_has_its_script_cleared_first) {
    auto settings = scriptOnly();
    settings.archId = 9999;
    const auto step = Negotiation(settings).begin();
    BOOST_REQUIRE(step.send.size() == 3U);
    BOOST_TEST((step.send[1] == wire::buildHeader(wire::Command::CoreModule)));
}

BOOST_AUTO_TEST_CASE(agent_without_scripting_is_stable_at_once) {
    auto settings = scriptOnly();
    settings.capabilities = 0;
    Negotiation agent(settings);
    BOOST_TEST(agent.begin().isStable);
    BOOST_TEST(agent.renew().send.empty());
}

BOOST_AUTO_TEST_CASE(zero_hash_means_leave_the_script_alone) {
    Negotiation agent(scriptOnly());
    agent.begin();
    const auto step = agent.onMessage(wire::buildHash(wire::Command::CoreModuleHash, wire::Hash{}));
    BOOST_TEST(step.isStable);
    BOOST_TEST(!step.push);
}

BOOST_AUTO_TEST_CASE(answers_that_were_on_their_way_start_no_script_twice) {
    auto settings = scriptOnly();
    auto script = std::make_shared<AgentScript>(*settings.script());
    settings.script = [&script] { return script; };
    Negotiation agent(settings);
    const auto none = wire::buildHeader(wire::Command::CoreModuleHash);
    const auto has = [](const wire::Hash& hash) {
        return wire::buildHash(wire::Command::CoreModuleHash, hash);
    };
    agent.begin();
    agent.renew(); // a plugin came up before the agent answered
    BOOST_TEST(!agent.onMessage(none).push);
    BOOST_TEST(agent.onMessage(none).push != nullptr);
    const auto first = script->hash;
    script = std::make_shared<AgentScript>(*script);
    script->hash = wire::sha384(wire::bytesOf("another"));
    agent.renew(); // and one before it had started the script
    BOOST_TEST(!agent.onMessage(has(first)).push);
    BOOST_TEST(agent.onMessage(has(first)).push == script);
    BOOST_TEST(agent.onMessage(has(script->hash)).isStable);
    // One that lost its script is given it again.
    BOOST_TEST(agent.onMessage(none).push == script);
}

BOOST_AUTO_TEST_CASE(early_acknowledgements_read_nothing_twice) {
    auto settings = scriptOnly();
    settings.binary = AgentBinary{};
    settings.binary->size = 100000;
    settings.mayUpdate = [] { return true; };
    Negotiation agent(settings);
    agent.begin();
    auto step = agent.onMessage(
        wire::buildHash(wire::Command::AgentHash, wire::sha384(wire::bytesOf("old"))));
    BOOST_REQUIRE(step.read.has_value());
    const auto ack = wire::buildHeader(wire::Command::AgentUpdateBlock, 1);
    BOOST_TEST(!agent.onMessage(ack).read.has_value());
    BOOST_TEST(agent.blockRead(wire::Bytes(wire::kMaxUpdateBlock)).send.size() == 1U);
    step = agent.onMessage(ack);
    BOOST_REQUIRE(step.read.has_value());
    BOOST_TEST(step.read->offset == wire::kMaxUpdateBlock);
    BOOST_TEST(step.read->size == 100000 - wire::kMaxUpdateBlock);
    BOOST_TEST(agent.isUpdating());
    step = agent.blockRead(std::nullopt); // the file can't be read: go on with the script
    BOOST_TEST(!agent.isUpdating());
    BOOST_TEST((step.send.at(0) == wire::buildHeader(wire::Command::CoreModuleHash)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(flap_guard)

BOOST_AUTO_TEST_CASE(losses_count_within_the_window_only) {
    auto now = FlapGuard::Clock::time_point{};
    FlapGuard guard([&] { return now; });
    for (int i = 0; i < 5; ++i) guard.lost("a");
    BOOST_TEST((guard.judge("a") == Throttle::ClearScript));
    BOOST_TEST((guard.judge("b") == Throttle::None));
    guard.lost("a");
    guard.lost("a");
    BOOST_TEST((guard.judge("a") == Throttle::Silence));
    now += FlapGuard::kWindow + std::chrono::seconds(1);
    BOOST_TEST((guard.judge("a") == Throttle::None));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pace)

BOOST_AUTO_TEST_CASE(bursts_pass_and_floods_have_to_wait) {
    Pace pace;
    auto now = Pace::Time{} + std::chrono::hours(1);
    for (int i = 0; i < 300; ++i) BOOST_TEST(pace.take(now, 100).count() == 0);
    BOOST_TEST(pace.take(now, 100).count() == 10);
    BOOST_TEST(pace.take(now, 100).count() == 20);
    now += std::chrono::seconds(1);
    BOOST_TEST(pace.take(now, 100).count() == 0);
    now += std::chrono::hours(1);
    BOOST_TEST(pace.take(now, 4 * 1024 * 1024).count() == 0);
    BOOST_TEST(pace.take(now, 512 * 1024).count() == 1000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(group_id)

BOOST_AUTO_TEST_CASE(legacy_id_is_lower_case_hex_of_its_32_bytes) {
    wire::Hash id{};
    std::fill_n(id.begin(), 32, std::byte{0xAB});
    std::string hex;
    for (int i = 0; i < 32; ++i) hex += "ab";
    BOOST_TEST(groupIdOf(id, "") == "mesh//" + hex);
    id.fill(std::byte{0});
    id[47] = std::byte{1};
    BOOST_TEST(groupIdOf(id, "").size() == 6U + 64U);
}

BOOST_AUTO_TEST_SUITE_END()
