#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <thread>

#include "core/api/active_call.hpp"
#include "core/api/dispatcher.hpp"
#include "core/bus/decisions.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/telemetry/log.hpp"
#include "fakes.hpp"
#include "tests/support/client.hpp"

namespace {

using namespace trellis;
namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;
using sdk::Schema;
using test::text;

const std::string kNode = "node//" + std::string(64, 'n');
const std::string kMesh = "mesh//" + std::string(64, 'm');

/// Sees one device and one group, with rights that a test chooses.
struct FakeAccess final : api::AccessCheck {
    api::Access device(const sdk::Caller&, const std::string& id) const override {
        return id == kNode ? api::Access{true, rights, kMesh} : api::Access{};
    }
    api::Access group(const sdk::Caller&, const std::string& id) const override {
        return id == kMesh ? api::Access{true, rights, kMesh} : api::Access{};
    }
    std::uint32_t rights = 8;
};

/// What a call was answered with.
struct Answers final : api::CallSink {
    void onResult(json::value value) override { result = std::move(value); }
    void onMessage(json::object message) override { messages.push_back(std::move(message)); }
    void onError(const Error& e, const std::string& id,
                 const std::optional<api::WireError>& w) override {
        error.emplace(e);
        trace = id;
        wire = w;
    }
    void onDone() override { ++done; }
    std::string code() const { return error ? std::string(sdk::codeName(error->code())) : ""; }

    json::value result;
    std::vector<json::object> messages;
    std::optional<Error> error;
    std::string trace;
    std::optional<api::WireError> wire;
    std::atomic<int> done{0};
};

struct DispatcherFixture {
    FakeAccess access;
    test::FakeAudit audit;
    bus::WorkerPool pool{{2, 100, "test"}};
    bus::Timers timers;
    bus::Decisions decisions;
    api::Dispatcher dispatcher{{&access, &audit, &timers, &pool, &decisions, &telemetry::log("t")}};

    static sdk::CommandSpec spec(const std::string& name, sdk::Requirement need = {}) {
        sdk::CommandSpec out;
        out.name = name;
        out.args = Schema::object()
                       .prop("nodeid", Schema::string(), "Device.")
                       .prop("meshid", Schema::string(), "Group.")
                       .prop("count", Schema::integer().range(1, 9), "Number.")
                       .prop("secret", Schema::string().secret(), "Secret.");
        out.requires_ = need;
        return out;
    }
    static api::WireSpec wireSpec(const std::string& name, sdk::Requirement need = {}) {
        api::WireSpec out;
        out.command = spec(name, need);
        out.command.args.allowUnknown();
        out.fieldTexts = {{"count", "Invalid count"}};
        out.deniedText = "Permission denied";
        return out;
    }
    static sdk::Caller caller(std::uint32_t siteRights = 0) {
        sdk::Caller who;
        who.userId = "user//anna";
        who.siteRights = siteRights;
        return who;
    }
    std::shared_ptr<Answers> run(const std::string& name, json::object args = {},
                                 sdk::Caller who = caller()) {
        auto answers = std::make_shared<Answers>();
        dispatcher.run({name, std::move(args), std::move(who), std::nullopt}, answers);
        return answers;
    }
    static json::value fine(const sdk::Request&, const json::object&) { return "fine"; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(dispatcher, DispatcherFixture)

BOOST_AUTO_TEST_CASE(a_command_that_nobody_has_is_not_found) {
    const auto answers = run("nobody.home");
    BOOST_TEST(answers->code() == "not_found");
    BOOST_TEST(answers->done == 1);
}

BOOST_AUTO_TEST_CASE(a_name_taken_twice_is_refused_with_both_owners) {
    const auto first = dispatcher.add(spec("a.b"), fine, "terminal");
    BOOST_CHECK_EXCEPTION((void)dispatcher.add(spec("a.b"), fine, "desktop"), Error,
                          [](const Error& error) {
                              const std::string what = error.what();
                              return error.code() == ErrorCode::Conflict &&
                                     what.find("terminal") != std::string::npos &&
                                     what.find("desktop") != std::string::npos;
                          });
}

BOOST_AUTO_TEST_CASE(names_of_another_form_are_refused) {
    for (const auto* name : {"", "ab", "a b", "a/b", "\x01\x02\x03"})
        BOOST_CHECK_THROW((void)dispatcher.add(spec(name), fine, "x"), Error);
}

BOOST_AUTO_TEST_CASE(a_withdrawn_command_is_gone_and_its_name_is_free) {
    {
        const auto held = dispatcher.add(spec("a.b"), fine, "x");
        BOOST_TEST(run("a.b")->result == "fine");
    }
    BOOST_TEST(run("a.b")->code() == "not_found");
    const auto again = dispatcher.add(spec("a.b"), fine, "y");
    BOOST_TEST(dispatcher.find("a.b")->owner == "y");
}

BOOST_AUTO_TEST_CASE(withdrawing_waits_for_a_running_handler_until_the_deadline) {
    std::mutex mutex;
    std::condition_variable changed;
    bool isInside = false, mayLeave = false;
    auto held = dispatcher.add(spec("a.b"),
                               sdk::SimpleCommandHandler([&](const auto&, const auto&) {
                                   std::unique_lock lock(mutex);
                                   isInside = true;
                                   changed.notify_all();
                                   changed.wait(lock, [&] { return mayLeave; });
                                   return json::value("late");
                               }),
                               "x");
    std::thread caller([&] { run("a.b"); });
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return isInside; });
    }
    BOOST_TEST(!held.withdraw(sdk::Clock::now()));
    {
        const std::scoped_lock lock(mutex);
        mayLeave = true;
        changed.notify_all();
    }
    BOOST_TEST(held.withdraw(sdk::Clock::now() + sdk::Seconds(10)));
    caller.join();
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_refused_with_their_field_before_the_handler) {
    bool wasCalled = false;
    const auto held = dispatcher.add(spec("a.b"),
                                     sdk::SimpleCommandHandler([&](const auto&, const auto&) {
                                         wasCalled = true;
                                         return json::value();
                                     }),
                                     "x");
    for (const json::object& args :
         {json::object{{"count", 0}}, json::object{{"count", "one"}}, json::object{{"count", 1.5}},
          json::object{{"count", nullptr}}, json::object{{"count", json::array{1}}}}) {
        const auto answers = run("a.b", args);
        BOOST_TEST(answers->code() == "invalid_argument");
        BOOST_TEST(answers->error->field() == "/count");
    }
    const auto unknown = run("a.b", {{"cuont", 1}});
    BOOST_TEST(unknown->code() == "invalid_argument");
    BOOST_TEST(!wasCalled);
}

BOOST_AUTO_TEST_CASE(a_missing_site_right_is_refused_before_the_arguments_are_looked_at) {
    const auto held = dispatcher.add(spec("a.b", {sdk::Scope::Site, 2, 0, ""}), fine, "x");
    BOOST_TEST(run("a.b", {{"count", "x"}})->code() == "forbidden");
    BOOST_TEST(run("a.b", {}, caller(2))->result == "fine");
    BOOST_TEST(run("a.b", {}, caller(sdk::site_right::kAdmin))->result == "fine");
}

BOOST_AUTO_TEST_CASE(a_forbidden_bit_refuses_all_but_full_administrators) {
    const auto held = dispatcher.add(spec("a.b", {sdk::Scope::Site, 0, 64, ""}), fine, "x");
    BOOST_TEST(run("a.b", {}, caller(64))->code() == "forbidden");
    BOOST_TEST(run("a.b", {}, caller(sdk::site_right::kAdmin))->result == "fine");
}

BOOST_AUTO_TEST_CASE(a_locked_caller_does_nothing) {
    const auto held = dispatcher.add(spec("a.b"), fine, "x");
    BOOST_TEST(run("a.b", {}, caller(sdk::site_right::kLocked))->code() == "forbidden");
}

BOOST_AUTO_TEST_CASE(device_rights_are_asked_for_on_the_named_device) {
    const auto held = dispatcher.add(spec("a.b", {sdk::Scope::Device, 8, 512, ""}),
                                     sdk::SimpleCommandHandler([](const auto& request, const auto&) {
                                         return json::value{request.deviceId, request.groupId,
                                                            request.deviceRights};
                                     }),
                                     "x");
    const json::value expected{kNode, kMesh, 8};
    BOOST_TEST(run("a.b", {{"nodeid", kNode}})->result == expected);
    BOOST_TEST(run("a.b", {{"nodeid", std::string(64, 'n')}})->result == expected); // short id
    access.rights = 16;
    BOOST_TEST(run("a.b", {{"nodeid", kNode}})->code() == "forbidden");
    access.rights = 8 | 512;
    BOOST_TEST(run("a.b", {{"nodeid", kNode}})->code() == "forbidden");
    access.rights = sdk::device_right::kAdmin;
    BOOST_TEST(!run("a.b", {{"nodeid", kNode}})->error.has_value());
}

BOOST_AUTO_TEST_CASE(unknown_foreign_and_malformed_ids_are_refused) {
    const auto held = dispatcher.add(spec("a.b", {sdk::Scope::Device, 0, 0, ""}), fine, "x");
    const auto other = "node/other/" + std::string(64, 'n');
    const auto unknown = "node//" + std::string(64, 'z');
    const auto codeFor = [&](json::value id) { return run("a.b", {{"nodeid", id}})->code(); };
    BOOST_TEST(codeFor(json::string(unknown)) == "not_found");
    BOOST_TEST(codeFor(json::string(other)) != "");
    for (const auto* id : {"", "node//", "node//short", "mesh//x", "../../etc/passwd", "node//a/b"})
        BOOST_TEST(codeFor(id) != "");
    BOOST_TEST(codeFor(json::string(kMesh)) == "invalid_argument");
    BOOST_TEST(codeFor(json::array{json::string(kNode)}) == "invalid_argument");
    BOOST_TEST(run("a.b")->code() == "invalid_argument");
    BOOST_TEST(run("a.b")->error->field() == "/nodeid");
}

BOOST_AUTO_TEST_CASE(an_exception_is_answered_with_a_fixed_text_and_a_trace) {
    const auto held = dispatcher.add(spec("a.b"),
                                     sdk::SimpleCommandHandler([](const auto&, const auto&) {
                                         throw std::runtime_error("password=hunter2");
                                         return json::value();
                                     }),
                                     "x");
    const auto answers = run("a.b");
    BOOST_TEST(answers->code() == "internal");
    BOOST_TEST(std::string(answers->error->what()) == "internal error");
    BOOST_TEST(answers->trace.size() == 16);
    BOOST_TEST(answers->done == 1);
}

BOOST_AUTO_TEST_CASE(what_is_no_exception_at_all_is_stopped_as_well) {
    const auto held = dispatcher.add(spec("a.b"),
                                     sdk::SimpleCommandHandler([](const auto&, const auto&) {
                                         throw 7;
                                         return json::value();
                                     }),
                                     "x");
    BOOST_TEST(run("a.b")->code() == "internal");
}

BOOST_AUTO_TEST_CASE(an_error_keeps_code_text_and_field) {
    const auto held =
        dispatcher.add(spec("a.b"),
                       sdk::SimpleCommandHandler([](const auto&, const auto&) {
                           throw Error(ErrorCode::Conflict, "taken", "/name");
                           return json::value();
                       }),
                       "x");
    const auto answers = run("a.b");
    BOOST_TEST(answers->code() == "conflict");
    BOOST_TEST(answers->error->field() == "/name");
}

BOOST_AUTO_TEST_CASE(a_late_answer_is_too_late) {
    std::optional<sdk::Reply> kept;
    auto late = spec("a.b");
    late.timeout = sdk::Seconds(0);
    const auto held = dispatcher.add(
        spec("a.c"),
        sdk::CommandHandler([&](const auto&, const auto&, sdk::Reply reply) { kept = reply; }), "x");
    auto answers = std::make_shared<Answers>();
    dispatcher.run({"a.c", {}, caller(), sdk::Clock::now() + sdk::Milliseconds(20)}, answers);
    BOOST_TEST(test::eventually([&] { return answers->done == 1; }));
    BOOST_TEST(answers->code() == "deadline_exceeded");
    kept->ok("too late");
    BOOST_TEST(answers->result.is_null());
    BOOST_TEST(answers->done == 1);
}

BOOST_AUTO_TEST_CASE(a_call_whose_time_is_over_does_not_start) {
    bool wasCalled = false;
    const auto held = dispatcher.add(spec("a.b"),
                                     sdk::SimpleCommandHandler([&](const auto&, const auto&) {
                                         wasCalled = true;
                                         return json::value();
                                     }),
                                     "x");
    auto answers = std::make_shared<Answers>();
    dispatcher.run({"a.b", {}, caller(), sdk::Clock::now() - sdk::Seconds(1)}, answers);
    BOOST_TEST(answers->code() == "deadline_exceeded");
    BOOST_TEST(!wasCalled);
}

BOOST_AUTO_TEST_CASE(a_forgotten_reply_is_an_internal_error) {
    const auto held = dispatcher.add(
        spec("a.b"), sdk::CommandHandler([](const auto&, const auto&, sdk::Reply) {}), "x");
    BOOST_TEST(run("a.b")->code() == "internal");
}

BOOST_AUTO_TEST_CASE(a_decision_can_refuse_a_command) {
    const auto held = dispatcher.add(spec("a.b"), fine, "x");
    const auto no = decisions.add("command.allow", 1, [](const auto&, const json::object& facts) {
        return text(facts, "command") == "a.b" ? sdk::Decision::Deny : sdk::Decision::Abstain;
    });
    BOOST_TEST(run("a.b")->code() == "forbidden");
}

BOOST_AUTO_TEST_CASE(an_audited_command_leaves_a_record_without_its_secrets) {
    auto audited = spec("a.b", {sdk::Scope::Device, 8, 0, ""});
    audited.audited = true;
    const auto held = dispatcher.add(audited, fine, "x");
    run("a.b", {{"nodeid", kNode}, {"secret", "hunter2"}});
    access.rights = 0;
    run("a.b", {{"nodeid", kNode}, {"secret", "hunter2"}});
    const auto records = audit.all();
    BOOST_REQUIRE(records.size() == 2u);
    BOOST_TEST(records[0].result == "ok");
    BOOST_TEST(records[0].target == kNode);
    BOOST_TEST(records[0].userId == "user//anna");
    BOOST_TEST(records[1].result == "forbidden");
    for (const auto& record : records)
        BOOST_TEST(json::serialize(record.arguments).find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_nobody_declared_audited_leaves_none) {
    const auto held = dispatcher.add(spec("a.b"), fine, "x");
    run("a.b");
    BOOST_TEST(audit.all().empty());
}

BOOST_AUTO_TEST_CASE(call_waits_for_the_answer_and_throws_errors) {
    const auto held = dispatcher.add(spec("a.b", {sdk::Scope::Site, 2, 0, ""}), fine, "x");
    BOOST_TEST(dispatcher.call({"a.b", {}, caller(2), {}}) == "fine");
    BOOST_CHECK_THROW(dispatcher.call({"a.b", {}, caller(), {}}), Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(wire_commands, DispatcherFixture)

BOOST_AUTO_TEST_CASE(an_answer_carries_the_request_s_id_and_tag) {
    const auto held = dispatcher.add(
        wireSpec("users"), [](const api::WireCall& call) { call.sendTagged({{"users", 1}}); }, "x");
    const auto answers = run("users", {{"action", "users"}, {"responseid", "r1"}, {"tag", 7}});
    BOOST_REQUIRE(answers->messages.size() == 1u);
    BOOST_TEST(answers->messages[0] ==
               (json::object{{"users", 1}, {"tag", 7}, {"action", "users"}, {"responseid", "r1"}}));
    BOOST_TEST(answers->done == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_without_id_stays_without) {
    auto spec = wireSpec("users");
    spec.responseId = api::ResponseId::Left;
    const auto held = dispatcher.add(
        spec, [](const api::WireCall& call) { call.send({{"users", 1}}); }, "x");
    const auto answers = run("users", {{"responseid", "r1"}});
    BOOST_TEST(!answers->messages.at(0).contains("responseid"));
}

BOOST_AUTO_TEST_CASE(errors_have_the_wire_s_own_texts) {
    const auto held = dispatcher.add(
        wireSpec("adduser", {sdk::Scope::Site, 2, 0, ""}), [](const api::WireCall&) {}, "x");
    BOOST_TEST(run("adduser")->wire->text == "Permission denied");
    BOOST_TEST(run("adduser", {{"count", 99}}, caller(2))->wire->text == "Invalid count");
    BOOST_TEST(run("adduser", {{"nodeid", 5}}, caller(2))->wire->text == "Invalid arguments");
}

BOOST_AUTO_TEST_CASE(unknown_members_are_ignored) {
    const auto held =
        dispatcher.add(wireSpec("users"), [](const api::WireCall& call) { call.send({}); }, "x");
    BOOST_TEST(!run("users", {{"__proto__", json::object{{"siteadmin", -1}}}})->error.has_value());
}

BOOST_AUTO_TEST_CASE(an_error_of_the_handler_ends_the_call_once) {
    const auto held = dispatcher.add(
        wireSpec("users"),
        [](const api::WireCall&) { throw Error(ErrorCode::NotFound, "User does not exists"); }, "x");
    const auto answers = run("users", {{"responseid", "r"}});
    BOOST_TEST(answers->wire->text == "User does not exists");
    BOOST_TEST(answers->messages.empty());
    BOOST_TEST(answers->done == 1);
}

BOOST_AUTO_TEST_CASE(an_internal_fault_does_not_tell_its_text) {
    const auto held = dispatcher.add(
        wireSpec("users"), [](const api::WireCall&) { throw std::runtime_error("/etc/secret"); },
        "x");
    const auto answers = run("users", {{"responseid", "r"}});
    BOOST_TEST(answers->wire->text.find("secret") == std::string::npos);
    BOOST_TEST(answers->code() == "internal");
}

BOOST_AUTO_TEST_CASE(a_call_stays_open_while_somebody_holds_it) {
    std::optional<api::WireCall> kept;
    const auto held =
        dispatcher.add(wireSpec("run"), [&](const api::WireCall& call) { kept = call; }, "x");
    const auto answers = run("run", {{"responseid", "r"}});
    BOOST_TEST(answers->done == 0);
    kept->result("OK");
    kept.reset();
    BOOST_TEST(answers->done == 1);
    BOOST_TEST(text(answers->messages.at(0), "result") == "OK");
}

BOOST_AUTO_TEST_CASE(a_plugin_answers_in_the_wire_s_shape_too) {
    auto shaped = spec("link");
    shaped.args.allowUnknown();
    shaped.shape = sdk::ReplyShape::Wire;
    shaped.wire = {.arguments = {{"count", "Invalid count"}}, .actions = {{"Access denied", "links"}}};
    bool isRefusing = false;
    const auto held = dispatcher.add(
        shaped,
        [&](const sdk::Request&, const json::object& args) -> json::value {
            if (isRefusing) throw Error(ErrorCode::Forbidden, "Access denied");
            auto out = args;
            out["result"] = "OK";
            return out;
        },
        "sharing");
    const auto asked = run("link", {{"action", "link"}, {"responseid", "r"}, {"odd", 1}});
    BOOST_TEST(asked->messages.at(0) == (json::object{{"odd", 1}, {"result", "OK"},
                                                      {"action", "link"}, {"responseid", "r"}}));
    BOOST_TEST(run("link", {{"odd", 1}})->messages.at(0) ==
               (json::object{{"odd", 1}, {"action", "link"}})); // nobody asked how it went
    BOOST_TEST(run("link", {{"count", 99}, {"responseid", "r"}})->wire->text == "Invalid count");
    isRefusing = true;
    const auto refused = run("link", {{"responseid", "r"}});
    BOOST_TEST(refused->wire->text == "Access denied");
    BOOST_TEST(refused->wire->action == "links");
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_after_the_deadline) {
    std::optional<api::WireCall> kept;
    const auto held =
        dispatcher.add(wireSpec("run"), [&](const api::WireCall& call) { kept = call; }, "x");
    auto answers = std::make_shared<Answers>();
    dispatcher.run({"run", {{"responseid", "r"}}, caller(), sdk::Clock::now() + sdk::Milliseconds(20)},
                   answers);
    BOOST_TEST(test::eventually([&] { return answers->done == 1; }));
    kept->result("OK");
    BOOST_TEST(answers->messages.empty());
}

BOOST_AUTO_TEST_SUITE_END()
