// The event stream: who sees what, resuming, slow readers, and every way in which it ends.
#include <boost/test/unit_test.hpp>
#include <trellis/wire/percent.hpp>

#include "../api/api_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

/// A client of the stream that reads what comes.
class Reader {
public:
    Reader(const ClientOptions& server, const std::string& target, const Fields& headers)
        : stream_(server) {
        std::string head = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n";
        for (const auto& [name, value] : headers)
            head += name + ": " + value + "\r\n";
        stream_.write(head + "\r\n");
        head_ = stream_.readUntil("\r\n\r\n");
    }
    int status() const { return std::stoi(head_.substr(9, 3)); }
    const std::string& head() const { return head_; }
    /// Everything up to and with `mark`.
    std::string until(const std::string& mark) {
        while (text_.find(mark) == std::string::npos) {
            const auto more = stream_.readSome();
            if (more.empty())
                throw ClientError("ended before " + mark + ":\n" + text_);
            text_ += more;
        }
        return text_;
    }
    /// until(), and what was read is forgotten.
    void take(const std::string& mark) {
        until(mark);
        text_.clear();
    }
    bool isOver() { return stream_.waitForEnd() || true; }
    Stream& stream() { return stream_; }

private:
    Stream stream_;
    std::string head_, text_;
};

struct StreamFixture : ApiFixture {
    model::UserPtr anna = account("anna", model::site::kFullAdmin);
    model::UserPtr bob = account("bob");
    model::GroupPtr lab = addGroup(bob, "Lab");
    model::GroupPtr shop = addGroup(anna, "Shop");

    Reader reader(const std::string& user, const std::string& query = "", Fields more = {}) {
        auto headers = browser(user).headers();
        headers.insert(headers.end(), more.begin(), more.end());
        Reader made(client(), "/api/v1/events" + query, headers);
        if (made.status() == 200)
            made.until("retry:");
        return made;
    }
    std::string token(json::array commands, json::array groups = {}) {
        auth::TokenScope scope;
        for (const auto& one : commands)
            scope.commands.emplace_back(one.as_string());
        for (const auto& one : groups)
            scope.groups.emplace_back(one.as_string());
        return apiTokens.create("user//anna", "t" + std::to_string(++made_), 0, scope).secret;
    }
    void happen(const model::GroupPtr& group, const std::string& action, const std::string& msg) {
        model::Event event;
        event.action = action;
        event.etype = "mesh";
        event.groupId = group->id;
        event.msg = msg;
        events.record(std::move(event));
    }
    static std::string lastId(const std::string& text) {
        const auto at = text.rfind("id: ") + 4;
        return text.substr(at, text.find('\n', at) - at);
    }
    int made_ = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_stream, StreamFixture)

BOOST_AUTO_TEST_CASE(a_user_is_shown_what_he_may_see_and_no_more) {
    auto own = reader("bob");
    BOOST_TEST(own.head().find("text/event-stream") != std::string::npos);
    happen(shop, "meshchange", "hidden");
    happen(lab, "meshchange", "shown");
    const auto text = own.until("shown");
    BOOST_TEST(text.find("hidden") == std::string::npos);
    BOOST_TEST(text.find("data: {") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_the_json_of_the_control_connection) {
    auto control = signIn("anna");
    auto stream = reader("anna");
    happen(shop, "meshchange", "the same");
    const auto event = control.awaitEvent("meshchange");
    const auto text = stream.until("the same\"");
    BOOST_TEST(stream.until("}\n\n").find("data: " + json::serialize(event) + "\n\n") !=
                   std::string::npos,
               text);
}

BOOST_AUTO_TEST_CASE(filters_narrow_what_comes) {
    auto one = reader("anna", "?action=mesh*&group=" + wire::percentEncode(shop->id));
    happen(lab, "meshchange", "other group");
    happen(shop, "createmesh", "other action");
    happen(shop, "meshchange", "wanted");
    const auto text = one.until("wanted");
    BOOST_TEST(text.find("other") == std::string::npos);
    BOOST_TEST(reader("bob", "?group=" + wire::percentEncode(shop->id)).status() == 404);
    BOOST_TEST(reader("anna", "?colour=red").status() == 400);
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_gets_what_it_missed_once) {
    auto first = reader("bob");
    happen(lab, "meshchange", "one");
    const auto id = lastId(first.until("one\""));
    first.stream().close();
    happen(lab, "meshchange", "two"); // in the same millisecond of the test's clock
    time.advance(std::chrono::milliseconds(5));
    happen(shop, "meshchange", "hidden");
    happen(lab, "meshchange", "three");
    auto second = reader("bob", "", {{"Last-Event-ID", id}});
    happen(lab, "meshchange", "four");
    const auto text = second.until("four");
    BOOST_TEST(text.find("\"one\"") == std::string::npos);
    BOOST_TEST(text.find("hidden") == std::string::npos);
    const auto two = text.find("two"), three = text.find("three");
    BOOST_TEST((two != std::string::npos && two < three && three < text.find("four")), text);
    BOOST_TEST(text.find("three", three + 5) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_needs_the_scope_and_is_kept_to_its_groups) {
    const auto bearer = [](const std::string& secret) {
        return Fields{{"Authorization", "Bearer " + secret}};
    };
    BOOST_TEST(Reader(client(), "/api/v1/events", bearer(token({"nodes"}))).status() == 403);
    Reader limited(client(), "/api/v1/events", bearer(token({"events"}, {lab->id})));
    limited.until("retry:");
    happen(shop, "meshchange", "hidden");
    happen(lab, "meshchange", "shown");
    BOOST_TEST(limited.until("shown").find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_token_the_session_and_the_account) {
    const auto secret = token({"events"});
    Reader byToken(client(), "/api/v1/events", {{"Authorization", "Bearer " + secret}});
    byToken.until("retry:");
    apiTokens.remove(apiTokens.list("user//anna").front()->id);
    byToken.until("event: end\ndata: {\"code\":\"access\"");
    byToken.isOver();

    auto bySession = reader("anna");
    sessions.revokeAll("user//anna");
    bySession.until("event: end");

    auto byAccount = reader("bob");
    directory->updateUser("user//bob",
                          [](model::User& one) { one.siteRights = model::site::kLocked; });
    byAccount.until("event: end");
}

BOOST_AUTO_TEST_CASE(an_expired_token_ends_it_within_a_second) {
    auth::TokenScope scope;
    scope.commands = {"events"};
    const auto made = apiTokens.create("user//anna", "short", time.clock()() + 60'000, scope);
    Reader one(client(), "/api/v1/events", {{"Authorization", "Bearer " + made.secret}});
    one.until("retry:");
    time.advance(std::chrono::minutes(2));
    one.until("event: end");
}

BOOST_AUTO_TEST_CASE(a_right_that_is_taken_counts_at_once) {
    auto one = reader("bob", "?group=" + wire::percentEncode(lab->id));
    auto all = reader("bob");
    directory->removeLink("user//bob", lab->id);
    happen(lab, "meshchange", "hidden");
    model::Event own;
    own.action = "note";
    own.userId = "user//bob";
    own.msg = "his own";
    events.record(own);
    BOOST_TEST(all.until("his own").find("hidden") == std::string::npos);
    one.until("event: end"); // nothing would ever come
}

BOOST_AUTO_TEST_CASE(a_reader_that_does_not_read_is_cut_and_costs_others_nothing) {
    auto options = client();
    options.receiveBuffer = 4096;
    Reader slow(options, "/api/v1/events", browser("anna").headers());
    slow.until("retry:");
    auto good = reader("bob");
    const std::string big(3000, 'x');
    for (int i = 0; i < 3000; ++i) {
        happen(lab, "meshchange", big + std::to_string(i));
        if (i % 20 == 19)
            good.take("x" + std::to_string(i) + "\"");
    }
    slow.until("event: end\ndata: {\"code\":\"slow\"");
}

BOOST_AUTO_TEST_CASE(one_user_has_so_many_streams) {
    std::vector<Reader> open;
    for (std::size_t i = 0; i < api::EventStreams::kPerUser; ++i)
        open.push_back(reader("anna"));
    const auto more = reader("anna");
    BOOST_TEST(more.status() == 429);
    BOOST_TEST(more.head().find("Retry-After:") != std::string::npos);
    BOOST_TEST(reader("bob").status() == 200);
}

BOOST_AUTO_TEST_CASE(nobody_without_a_sign_in_and_no_foreign_page) {
    BOOST_TEST(Reader(client(), "/api/v1/events", {}).status() == 401);
    BOOST_TEST(reader("anna", "", {{"Origin", "https://evil.example"}}).status() == 403);
    const auto login = tokens.create("user//anna", "old", 0);
    const Fields old{{"Authorization", "Bearer " + login.token.tokenUser + ":" + login.secret}};
    BOOST_TEST(Reader(client(), "/api/v1/events", old).status() == 403);
}

BOOST_AUTO_TEST_CASE(the_command_of_this_name_is_still_called_with_post) {
    auto headers = browser("anna");
    auto fields = headers.headers();
    fields.emplace_back("X-CSRF-Token", headers.csrf);
    BOOST_TEST(post("/api/v1/events", {}, fields).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(call_rates)

BOOST_AUTO_TEST_CASE(each_caller_has_a_bucket_of_his_own) {
    api::CallRates rates(2);
    const auto now = sdk::Clock::now();
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(rates.take("anna", now).count() == 0);
    BOOST_TEST(rates.take("anna", now).count() == 1);
    BOOST_TEST(rates.take("bob", now).count() == 0);
    BOOST_TEST(rates.take("anna", now + std::chrono::seconds(1)).count() == 0);
}

BOOST_AUTO_TEST_CASE(as_many_callers_as_there_may_be_are_remembered) {
    api::CallRates rates(1);
    const auto now = sdk::Clock::now();
    for (std::size_t i = 0; i < api::CallRates::kMaxCallers + 500; ++i)
        rates.take(std::to_string(i), now);
    BOOST_TEST(rates.size() == api::CallRates::kMaxCallers);
}

BOOST_AUTO_TEST_SUITE_END()
