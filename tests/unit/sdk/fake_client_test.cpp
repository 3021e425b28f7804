#include <boost/test/unit_test.hpp>

#include <trellis/sdk/testing.hpp>

using namespace trellis::testing;

namespace {

/// Answers with the request's body, one piece at a time.
class Mirror final : public BodyProducer, public std::enable_shared_from_this<Mirror> {
public:
    Mirror(std::shared_ptr<HttpExchange> exchange, std::string& log)
        : exchange_(std::move(exchange)), log_(log) {}
    void start(std::function<void()> wake) override {
        wake_ = std::move(wake);
        ask();
    }
    State produce(std::string& out, std::size_t atMost) override {
        if (end_ == BodyReader::End::Failed) return State::Failed;
        if (kept_.empty()) return end_ == BodyReader::End::Done ? State::End : State::Wait;
        out = kept_.substr(0, atMost);
        kept_.erase(0, atMost);
        if (kept_.empty() && end_ == BodyReader::End::More) ask();
        return State::Data;
    }
    void onEnd(bool isSent) override {
        log_ += isSent ? "sent " : "cut ";
        exchange_.reset();
    }

private:
    void ask() {
        exchange_->body()->read([self = shared_from_this()](std::string piece, BodyReader::End end) {
            self->kept_ += piece;
            self->end_ = end;
            self->wake_();
        });
    }
    std::shared_ptr<HttpExchange> exchange_;
    std::string& log_;
    std::function<void()> wake_;
    std::string kept_;
    BodyReader::End end_ = BodyReader::End::More;
};

class Mirrors final : public Plugin {
public:
    void describe(Registrar& reg) override {
        reg.exchange({.method = "POST", .path = "/plugins/mirrors/{how}", .access = RouteAccess::Session,
                      .requires_ = {Scope::Site, site_right::kManageUsers, 0, ""}, .bodyLimit = 10},
                     [this](const std::shared_ptr<HttpExchange>& exchange) { serve(exchange); });
    }
    std::string log;
    std::shared_ptr<HttpExchange> kept;

private:
    void serve(const std::shared_ptr<HttpExchange>& exchange) {
        const auto& how = exchange->request().segments.at("how");
        if (how == "refuse") throw Error(ErrorCode::Conflict, "no");
        if (how == "keep") kept = exchange;
        if (how != "mirror" && how != "long") return;
        HttpResponse response;
        if (how == "long") response.length = 3;
        response.producer = std::make_shared<Mirror>(exchange, log);
        exchange->answer(std::move(response));
    }
};

struct Fixture {
    FakeHost host;
    TestPlugin<Mirrors> plugin{host};
    static HttpRequest post(const std::string& how) {
        HttpRequest request;
        request.method = "POST";
        request.path = "/plugins/mirrors/" + how;
        return request;
    }
    std::unique_ptr<FakeClient> begin(const std::string& how, const As& as = {}) {
        return plugin.exchange(post(how), PluginUnderTest::Body::Streamed, as);
    }
};

auto hasCode(ErrorCode code) {
    return [code](const Error& error) { return error.code() == code; };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fake_client, Fixture)

BOOST_AUTO_TEST_CASE(a_body_goes_in_and_another_comes_out) {
    const auto client = begin("mirror");
    BOOST_TEST(client->response().status == 200);
    BOOST_TEST(client->receive() == "");
    BOOST_TEST(client->isReading());
    BOOST_TEST(!client->wantsToSend());
    client->send("one");
    BOOST_TEST(client->wantsToSend());
    BOOST_TEST(client->receive(2) == "on");
    client->send("two");
    BOOST_TEST(client->receive() == "etwo");
    client->endBody();
    BOOST_TEST(client->receive() == "");
    BOOST_TEST(client->isComplete());
    BOOST_TEST(plugin->log == "sent ");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_answer_and_the_reads) {
    const auto client = begin("mirror");
    client->receive();
    client->leave();
    BOOST_TEST(client->isCut());
    BOOST_TEST(!client->isReading());
    BOOST_TEST(plugin->log == "cut ");
}

BOOST_AUTO_TEST_CASE(limits_and_lengths_are_those_of_the_server) {
    const auto large = begin("mirror");
    large->receive();
    large->send("12345678901");
    large->receive();
    BOOST_TEST(large->isCut());
    const auto other = begin("long");
    other->receive();
    other->send("four");
    other->receive();
    BOOST_TEST(other->isCut());
    BOOST_TEST(plugin->log == "cut cut ");
}

BOOST_AUTO_TEST_CASE(refusals_come_as_the_caller_gets_them) {
    BOOST_CHECK_EXCEPTION(begin("refuse")->response(), Error, hasCode(ErrorCode::Conflict));
    BOOST_CHECK_EXCEPTION(begin("drop")->response(), Error, hasCode(ErrorCode::Internal));
    As nobody;
    nobody.caller.siteRights = 0;
    BOOST_CHECK_EXCEPTION(begin("mirror", nobody), Error, hasCode(ErrorCode::Forbidden));
    const auto waiting = begin("keep");
    BOOST_TEST(!waiting->isAnswered());
    BOOST_CHECK_THROW(waiting->response(), TestFailure);
    waiting->leave();
    BOOST_TEST(plugin->kept->isPeerGone());
    BOOST_CHECK_THROW(plugin.request(post("keep")), TestFailure);
}

BOOST_AUTO_TEST_SUITE_END()
