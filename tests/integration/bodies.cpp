// Plugins read and write HTTP bodies piece by piece: in constant memory, whatever client and plugin do.
#include <boost/test/unit_test.hpp>

#include "tests/integration/session.hpp"
#include "tests/support/sanitizers.hpp"

using namespace trellis::test;

namespace {

/// The program's address space under a sanitizer says nothing about what it keeps.
#ifdef TRELLIS_SANITIZED
constexpr bool kSeesMemory = false;
#else
constexpr bool kSeesMemory = true;
#endif
constexpr std::uint64_t kGrowthKiB = 8 * 1024;

struct Fixture {
    ServerProcess server;
    ClientOptions client = server.client();
    std::string cookie, csrf;

    Fixture() {
        server.addAdmin();
        std::tie(cookie, csrf) = enter("admin");
    }
    std::pair<std::string, std::string> enter(const std::string& user) {
        auto signedIn = signIn(client, user, ServerProcess::kPassword);
        HttpCall call;
        call.target = "/api/session";
        call.headers = {{"Cookie", signedIn}};
        const auto session = json::parse(request(client, call).body);
        return {signedIn, std::string(session.at("csrf").as_string())};
    }
    HttpCall call(const std::string& method, const std::string& name, std::string body = {}) {
        return {.method = method, .target = "/plugins/bodies/" + name,
                .headers = {{"Cookie", cookie}, {"X-CSRF-Token", csrf}}, .body = std::move(body)};
    }
    json::object counts() {
        return json::parse(request(client, call("GET", "counts")).body).as_object();
    }
    bool comesTo(const char* name, std::int64_t value) {
        return eventually([&] { return counts().at(name).as_int64() >= value; });
    }
    /// Sends the head of an upload.
    Stream begin(const std::string& name, const std::string& framing) {
        Stream stream(client);
        stream.write("POST /plugins/bodies/" + name + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie +
                     "\r\nX-CSRF-Token: " + csrf + "\r\n" + framing + "\r\n\r\n");
        return stream;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(bodies, Fixture)

BOOST_AUTO_TEST_CASE(a_body_is_echoed_while_it_comes_and_nothing_of_it_stays) {
    constexpr std::size_t kPart = 256 * 1024, kParts = 256;
    auto stream = begin("echo", "Content-Length: " + std::to_string(kPart * kParts));
    std::string part(kPart, '\0');
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < kParts; ++i) {
        for (std::size_t k = 0; k < part.size(); ++k) part[k] = static_cast<char>(i * 31 + k * 7);
        stream.write(part);
        if (i == 0) BOOST_TEST(stream.readUntil("\r\n\r\n").starts_with("HTTP/1.1 200 "));
        BOOST_TEST_REQUIRE((stream.readExactly(kPart) == part));
        if (i == 8) before = server.residentKiB();
    }
    if (kSeesMemory) BOOST_TEST(server.residentKiB() < before + kGrowthKiB);
    BOOST_TEST(comesTo("sent", 1));
    // The connection is good for another.
    const auto next = request(stream, call("POST", "echo", "again"));
    BOOST_TEST(next.body == "again");
}

BOOST_AUTO_TEST_CASE(chunks_come_back_as_chunks) {
    auto stream = begin("echo", "Transfer-Encoding: chunked");
    stream.write("5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n");
    const auto reply = readReply(stream);
    BOOST_TEST(reply.header("Transfer-Encoding") == "chunked");
    BOOST_TEST(reply.body == "hello, world");
}

BOOST_AUTO_TEST_CASE(who_does_not_read_his_echo_cannot_send_on_either) {
    const auto before = server.residentKiB();
    client.timeout = 1s;
    auto stream = begin("echo", "Content-Length: 90000000");
    BOOST_CHECK_THROW(stream.write(std::string(90'000'000, 'u')), ClientError);
    if (kSeesMemory) BOOST_TEST(server.residentKiB() < before + kGrowthKiB);
    stream.reset();
    client.timeout = 10s;
    BOOST_TEST(comesTo("cut", 1));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_both_directions) {
    auto stream = begin("echo", "Content-Length: 1000");
    stream.write("abc");
    BOOST_TEST(stream.readUntil("abc").ends_with("abc"));
    stream.reset();
    BOOST_TEST(comesTo("cut", 1));
    BOOST_TEST(comesTo("failedReads", 1));
}

BOOST_AUTO_TEST_CASE(an_answer_that_fails_is_seen_to_be_incomplete) {
    for (const auto* how : {"throwing", "short"}) {
        Stream stream(client);
        stream.write("GET /plugins/bodies/odd/" + std::string(how) + " HTTP/1.1\r\nHost: localhost\r\nCookie: " +
                     cookie + "\r\n\r\n");
        const auto all = stream.readAll();
        BOOST_TEST(all.find(std::string(101, 'o')) == std::string::npos, how);
        BOOST_TEST(!all.ends_with("0\r\n\r\n"), how);
    }
    BOOST_TEST(comesTo("cut", 2));
    BOOST_TEST(server.output().find("no more of it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_fails_or_forgets_to_answer_is_a_server_error) {
    BOOST_TEST(request(client, call("GET", "dropped")).status == 500);
    BOOST_TEST(request(client, call("POST", "bad_reader", "x")).status == 500);
    const auto refused = request(client, call("GET", "refused"));
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(json::parse(refused.body).at("error").at("field") == "/how");
    BOOST_TEST(request(client, call("POST", "echo", "still here")).body == "still here");
}

BOOST_AUTO_TEST_CASE(a_stopped_plugin_answers_what_waits_and_cuts_what_runs) {
    auto waiting = begin("count", "Content-Length: 10");
    waiting.write("abc");
    auto echoing = begin("echo", "Content-Length: 10");
    echoing.write("abc");
    BOOST_TEST(echoing.readUntil("abc").ends_with("abc"));
    BOOST_TEST(comesTo("bytesRead", 6));
    server.ctl({"plugin", "disable", "bodies"});
    BOOST_TEST(readReply(waiting).status == 503);
    BOOST_TEST(echoing.readAll().empty());
    BOOST_TEST(request(client, call("GET", "counts")).status == 404);
    server.ctl({"plugin", "enable", "bodies"});
    BOOST_TEST(request(client, call("POST", "echo", "x")).body == "x");
}

BOOST_AUTO_TEST_CASE(nobody_else_gets_through_to_the_plugin) {
    server.ctl({"user", "add", "berta", "--password-stdin"}, std::string(ServerProcess::kPassword) + "\n");
    const auto [other, otherCsrf] = enter("berta");
    const auto status = [&](Fields headers) {
        auto asked = call("POST", "echo", "x");
        asked.headers = std::move(headers);
        return request(client, asked).status;
    };
    BOOST_TEST(status({}) == 401);
    BOOST_TEST(status({{"Cookie", cookie}}) == 403);
    BOOST_TEST(status({{"Cookie", cookie}, {"X-CSRF-Token", otherCsrf}}) == 403);
    BOOST_TEST(status({{"Cookie", other}, {"X-CSRF-Token", otherCsrf}}) == 403);
    BOOST_TEST(status({{"Cookie", cookie}, {"X-CSRF-Token", csrf}, {"Origin", "https://evil.example"}}) == 403);
    BOOST_TEST(counts().at("begun").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(a_body_above_the_limit_is_refused_however_it_comes) {
    const std::string tooLong(1024 * 1024 + 1, 'l');
    auto announced = begin("count", "Content-Length: " + std::to_string(tooLong.size()));
    BOOST_TEST(readReply(announced).status == 413);
    BOOST_TEST(counts().at("begun").as_int64() == 0);
    auto chunked = begin("count", "Transfer-Encoding: chunked");
    chunked.write("100001\r\n" + tooLong + "\r\n0\r\n\r\n");
    BOOST_TEST(readReply(chunked).status == 413);
    BOOST_TEST(comesTo("failedReads", 1));
    BOOST_TEST(request(client, call("POST", "count", "12345")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_route_goes_out_as_it_is_made) {
    Stream stream(client);
    stream.write("GET /plugins/bodies/pieces HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n");
    BOOST_TEST(stream.readUntil("first,").ends_with("first,"));
    const auto before = server.residentKiB();
    std::size_t pieces = 0;
    for (std::string text; !text.ends_with("\r\n0\r\n\r\n");) {
        text = text.substr(text.size() - std::min<std::size_t>(text.size(), 8)) + stream.readSome();
        ++pieces;
    }
    BOOST_TEST(pieces > 1000U);
    if (kSeesMemory) BOOST_TEST(server.residentKiB() < before + kGrowthKiB);
}

BOOST_AUTO_TEST_SUITE_END()
