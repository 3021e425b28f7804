#include <boost/test/unit_test.hpp>

#include <future>
#include <thread>

#include <Poco/Exception.h>

#include "core/plugin/guard.hpp"
#include "core/plugin/step_runner.hpp"
#include "core/plugin/wraps.hpp"

using namespace trellis;
using plugin::Guard;
using namespace std::chrono_literals;

namespace {

struct Watched {
    std::chrono::steady_clock::time_point now{};
    std::vector<std::string> tooMany;
    Guard guard{{.id = "p", .journal = nullptr, .faultLimit = 3, .faultWindow = 60s,
                 .now = [this] { return now; },
                 .onTooMany = [this](const std::string& text) { tooMany.push_back(text); }}};

    void fail() {
        guard.contain("event x", [] { throw std::runtime_error("boom"); });
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(guard)

BOOST_AUTO_TEST_CASE(faults_within_the_window_are_reported_once) {
    Watched w;
    for (int i = 0; i < 6; ++i) w.fail();
    BOOST_TEST_REQUIRE(w.tooMany.size() == 1u);
    BOOST_TEST(w.tooMany[0] == "3 faults in 60 s, the last in event x: std::runtime_error: boom");
    BOOST_TEST(w.guard.faults() == 6u);
}

BOOST_AUTO_TEST_CASE(faults_further_apart_than_the_window_are_not_added_up) {
    Watched w;
    for (int i = 0; i < 10; ++i) {
        w.fail();
        w.now += 31s;
    }
    BOOST_TEST(w.tooMany.empty());
}

BOOST_AUTO_TEST_CASE(a_tunnel_that_is_refused_when_it_opens_says_why_and_is_no_fault) {
    struct Refusing final : sdk::TunnelHandler {
        void onOpen(const std::shared_ptr<sdk::TunnelControl>&) override {
            throw sdk::Error(sdk::ErrorCode::Forbidden, "not at night");
        }
    };
    struct Closed final : sdk::TunnelControl {
        void send(sdk::Side, std::string, bool) override {}
        bool write(sdk::Side, std::string, bool) override { return true; }
        void pause(sdk::Side) override {}
        void resume(sdk::Side) override {}
        void close(std::string reason) override { why = std::move(reason); }
        std::string why;
    };
    const auto w = std::make_shared<Watched>();
    const auto factory = plugin::guardTunnels({w, &w->guard}, std::make_shared<plugin::LiveObjects>(), "x",
                                              [](const sdk::TunnelInfo&) { return std::make_unique<Refusing>(); });
    const auto handler = factory({});
    const auto control = std::make_shared<Closed>();
    handler->onOpen(control);
    BOOST_TEST(control->why == "not at night");
    BOOST_TEST(w->guard.faults() == 0u);
    sdk::Frame frame;
    BOOST_TEST((handler->onFrame(sdk::Side::Viewer, frame) == sdk::Verdict::Close));
}

BOOST_AUTO_TEST_CASE(an_error_for_the_caller_is_no_fault_but_one_in_an_event_is) {
    Watched w;
    const auto refuse = [] { throw sdk::Error(sdk::ErrorCode::NotFound, "nothing"); };
    BOOST_CHECK_THROW(w.guard.request("command x", "t", refuse), sdk::Error);
    BOOST_TEST(w.guard.faults() == 0u);
    w.guard.contain("event x", refuse);
    BOOST_TEST(w.guard.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(a_closed_door_lets_nothing_in_and_says_so) {
    Watched w;
    w.guard.closeForCalls();
    bool ran = false;
    BOOST_CHECK_EXCEPTION(w.guard.request("command x", "t", [&] { ran = true; }), sdk::Error,
                          [](const auto& e) { return e.code() == sdk::ErrorCode::Unavailable; });
    BOOST_TEST(!w.guard.contain("event x", [&] { ran = true; }));
    BOOST_TEST(!ran);
    BOOST_TEST(w.guard.teardown("tunnel x", [&] { ran = true; }));
    BOOST_TEST(ran);
    w.guard.close();
    BOOST_TEST(!w.guard.teardown("tunnel x", [] {}));
}

BOOST_AUTO_TEST_CASE(draining_waits_for_who_is_inside_and_no_longer_than_allowed) {
    Watched w;
    std::promise<void> entered, leave;
    std::thread inside([&] {
        w.guard.contain("event x", [&] {
            entered.set_value();
            leave.get_future().wait();
        });
    });
    entered.get_future().wait();
    w.guard.closeForCalls();
    BOOST_TEST(!w.guard.drain(std::chrono::steady_clock::now() + 20ms));
    leave.set_value();
    BOOST_TEST(w.guard.drain(std::chrono::steady_clock::now() + 20s));
    inside.join();
}

BOOST_AUTO_TEST_CASE(code_of_a_plugin_knows_that_it_is_inside) {
    Watched w;
    BOOST_TEST(!Guard::isInsideAny());
    bool isInside = false;
    w.guard.contain("event x", [&] { isInside = Guard::isInsideAny(); });
    BOOST_TEST(isInside);
    BOOST_TEST(!Guard::isInsideAny());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(step_runner)

BOOST_AUTO_TEST_CASE(a_step_that_does_not_return_is_given_up_at_its_limit) {
    const auto release = std::make_shared<std::promise<void>>();
    const auto done = std::make_shared<std::promise<void>>();
    const auto result = plugin::runStep("p", [release, done] {
        release->get_future().wait();
        done->set_value();
    }, 20ms);
    BOOST_TEST((result.end == plugin::StepResult::End::Overran));
    release->set_value();
    done->get_future().wait();
}

BOOST_AUTO_TEST_CASE(what_a_step_throws_is_kept) {
    const auto result = plugin::runStep("p", [] { throw 42; }, 20s);
    BOOST_TEST((result.end == plugin::StepResult::End::Threw));
    BOOST_TEST(plugin::describeException(result.error) == "an exception of type int");
}

BOOST_AUTO_TEST_CASE(exceptions_are_described_by_type_and_text) {
    BOOST_TEST(plugin::describeException(std::make_exception_ptr(std::out_of_range("far"))) ==
               "std::out_of_range: far");
    BOOST_TEST(plugin::describeException(std::make_exception_ptr(Poco::IOException("disk", "sda"))) ==
               "I/O error: disk: sda");
}

BOOST_AUTO_TEST_CASE(a_step_knows_that_it_is_one) {
    bool isInStep = false;
    plugin::runStep("p", [&] { isInStep = plugin::isInStep(); }, 20s);
    BOOST_TEST(isInStep);
    BOOST_TEST(!plugin::isInStep());
}

BOOST_AUTO_TEST_SUITE_END()
