// Bodies that come or go in pieces.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/net/server.hpp"

using namespace trellis;
using namespace trellis::net;
using namespace trellis::net::testing;
using namespace std::chrono_literals;
using test::Stream;

namespace {

// Gives `count` pieces; waits before each until it is woken by a thread of its own.
class Pieces : public BodyProducer {
public:
    Pieces(int count, std::size_t size) : count_(count), size_(size) {}
    ~Pieces() override { thread_.join(); }
    void start(std::function<void()> wake) override {
        thread_ = std::thread([this, wake = std::move(wake)] {
            for (int i = 0; i < count_; ++i) {
                ++ready_;
                wake();
            }
        });
    }
    State produce(std::string& out, std::size_t atMost) override {
        if (taken_ == count_)
            return State::End;
        if (taken_ == ready_)
            return State::Wait;
        out.append(std::min(size_, atMost), static_cast<char>('a' + taken_++ % 26));
        return State::Data;
    }

private:
    int count_;
    std::size_t size_;
    std::atomic<int> ready_{0};
    int taken_ = 0;
    std::thread thread_;
};

class Failing : public BodyProducer {
public:
    State produce(std::string& out, std::size_t) override {
        out = "some";
        return std::exchange(isFirst_, false) ? State::Data : State::Failed;
    }

private:
    bool isFirst_ = true;
};

// Never ends; counts what was asked of it.
class Endless : public BodyProducer {
public:
    explicit Endless(std::shared_ptr<std::atomic<std::size_t>> made) : made_(std::move(made)) {}
    State produce(std::string& out, std::size_t atMost) override {
        out.assign(atMost, 'x');
        *made_ += atMost;
        return State::Data;
    }

private:
    std::shared_ptr<std::atomic<std::size_t>> made_;
};

HttpResponse produced(std::shared_ptr<BodyProducer> producer,
                      std::optional<std::uint64_t> length = {}) {
    HttpResponse response;
    response.body = ProducedBody{std::move(producer), length};
    return response;
}

// Reads a streamed body to its end and answers with its size.
void countBody(const std::shared_ptr<BodyStream>& stream, const Responder& responder,
               std::size_t sum) {
    stream->read([=](const std::string& piece, BodyStream::End end) {
        if (end == BodyStream::End::Failed)
            return responder.send(HttpResponse::text(500, "failed"));
        if (end == BodyStream::End::Done)
            return responder.send(HttpResponse::text(200, std::to_string(sum + piece.size())));
        countBody(stream, responder, sum + piece.size());
    });
}

RouteSpec streamed(std::size_t limit) {
    RouteSpec spec;
    spec.method = "POST";
    spec.path = "/upload";
    spec.bodyLimit = limit;
    spec.bodyMode = BodyMode::Streamed;
    return spec;
}

/// Reads one piece and then another, which fails; gives no answer of its own.
void countFailures(Server& server, std::atomic<int>& failures) {
    server.route(streamed(1000), [&failures](HttpRequest request, const Responder& responder) {
        const auto stream = request.stream;
        stream->read([&failures, stream, responder](const std::string&, BodyStream::End) {
            stream->read([&failures, responder](const std::string&, BodyStream::End end) {
                failures += end == BodyStream::End::Failed ? 1 : 0;
            });
        });
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_bodies)

BOOST_AUTO_TEST_CASE(produced_bodies_are_chunked_and_keep_the_connection) {
    Server server;
    server.routeSimple(onLoop("GET", "/x"), [](const HttpRequest&) {
        return produced(std::make_shared<Pieces>(50, 1000));
    });
    Stream stream(server.client());
    for (int i = 0; i < 3; ++i) {
        const auto reply = test::request(stream, {"GET", "/x"});
        BOOST_TEST(reply.header("Transfer-Encoding") == "chunked");
        BOOST_TEST(reply.body.size() == 50'000u);
    }
}

BOOST_AUTO_TEST_CASE(a_known_length_is_kept_to) {
    Server server;
    server.routeSimple(onLoop("GET", "/right"), [](const HttpRequest&) {
        return produced(std::make_shared<Pieces>(5, 10), 50);
    });
    server.routeSimple(onLoop("GET", "/long"), [](const HttpRequest&) {
        return produced(std::make_shared<Pieces>(5, 10), 45);
    });
    server.routeSimple(onLoop("GET", "/short"), [](const HttpRequest&) {
        return produced(std::make_shared<Pieces>(5, 10), 55);
    });
    BOOST_TEST(test::request(server.client(), {"GET", "/right"}).body.size() == 50u);
    BOOST_CHECK_THROW(test::request(server.client(), {"GET", "/long"}), test::ClientError);
    BOOST_CHECK_THROW(test::request(server.client(), {"GET", "/short"}), test::ClientError);
}

BOOST_AUTO_TEST_CASE(a_body_that_fails_is_seen_to_be_incomplete) {
    Server server;
    server.routeSimple(onLoop("GET", "/x"),
                       [](const HttpRequest&) { return produced(std::make_shared<Failing>()); });
    BOOST_CHECK_THROW(test::request(server.client(), {"GET", "/x"}), test::ClientError);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_stops_the_producer) {
    Server server;
    const auto made = std::make_shared<std::atomic<std::size_t>>(0);
    server.routeSimple(onLoop("GET", "/x"), [made](const HttpRequest&) {
        return produced(std::make_shared<Endless>(made));
    });
    auto options = server.client();
    options.receiveBuffer = 4096;
    Stream stream(options);
    stream.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    // It goes on until the kernel's buffers are full, then not any more.
    std::size_t last = 0;
    BOOST_TEST(test::eventually([&] {
        const auto now = made->load();
        const bool isStill = now > 0 && now == last;
        last = now;
        for (int i = 0; i < 50; ++i)
            test::pauseBriefly();
        return isStill;
    }));
    BOOST_TEST(made->load() < 16u * 1024 * 1024);
}

BOOST_AUTO_TEST_CASE(a_fast_download_does_not_keep_others_waiting) {
    Server server({}, false, 1);
    const auto made = std::make_shared<std::atomic<std::size_t>>(0);
    server.routeSimple(onLoop("GET", "/x"), [made](const HttpRequest&) {
        return produced(std::make_shared<Endless>(made));
    });
    server.routeSimple(onLoop("GET", "/y"),
                       [](const HttpRequest&) { return HttpResponse::text(200, "here"); });
    Stream stream(server.client());
    stream.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    std::atomic<bool> mayStop{false};
    std::thread reader([&] {
        while (!mayStop)
            stream.readSome();
    });
    for (int i = 0; i < 20; ++i)
        BOOST_REQUIRE_EQUAL(test::request(server.client(), {"GET", "/y"}).body, "here");
    mayStop = true;
    reader.join();
    server.loops.stop();
}

BOOST_AUTO_TEST_CASE(files_are_sent_from_their_descriptor) {
    Server server;
    char name[] = "/tmp/trellis-unit-net-XXXXXX";
    const int fd = ::mkstemp(name);
    ::unlink(name);
    const std::string content(500'000, 'f');
    BOOST_REQUIRE(::write(fd, content.data(), content.size()) ==
                  static_cast<ssize_t>(content.size()));
    server.routeSimple(onLoop("GET", "/x"), [fd](const HttpRequest& request) {
        HttpResponse response;
        const auto extra = request.query.integer("more").value_or(0);
        response.body = FileBody{std::make_shared<const int>(fd), 10,
                                 499'990 + static_cast<std::uint64_t>(extra)};
        return response;
    });
    Stream stream(server.client());
    BOOST_TEST(test::request(stream, {"GET", "/x"}).body.size() == 499'990u);
    BOOST_TEST(test::request(stream, {"HEAD", "/x"}).header("Content-Length") == "499990");
    BOOST_TEST(test::request(stream, {"GET", "/x"}).body.size() == 499'990u);
    BOOST_CHECK_THROW(test::request(stream, {"GET", "/x?more=5"}), test::ClientError);
    server.loops.stop();
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(streamed_uploads_are_pulled_piece_by_piece) {
    Server server;
    server.route(streamed(10'000'000), [](HttpRequest request, const Responder& responder) {
        countBody(request.stream, responder, 0);
    });
    const std::string body(3'000'000, 'u');
    Stream stream(server.client());
    BOOST_TEST(test::request(stream, {"POST", "/upload", {}, body}).body == "3000000");
    const std::string chunk = "f4240\r\n" + std::string(1'000'000, 'c') + "\r\n";
    BOOST_TEST(
        test::request(
            stream,
            {"POST", "/upload", {{"Transfer-Encoding", "chunked"}}, chunk + chunk + "0\r\n\r\n"})
            .body == "2000000");
}

BOOST_AUTO_TEST_CASE(an_upload_that_is_not_pulled_is_not_read) {
    Server server;
    std::mutex mutex;
    std::shared_ptr<BodyStream> kept;
    std::vector<Responder> responders;
    server.route(streamed(100'000'000), [&](HttpRequest request, const Responder& responder) {
        const std::lock_guard lock(mutex);
        kept = request.stream;
        responders.push_back(responder);
    });
    auto options = server.client();
    options.timeout = 300ms;
    Stream stream(options);
    stream.write("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n");
    BOOST_CHECK_THROW(stream.write(std::string(90'000'000, 'u')), test::ClientError);
    const std::lock_guard lock(mutex);
    responders.clear();
}

BOOST_AUTO_TEST_CASE(an_upload_that_breaks_off_fails_at_its_reader) {
    Server server;
    std::atomic<int> failures{0};
    countFailures(server, failures);
    Stream stream(server.client());
    stream.write("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc");
    stream.close();
    Stream reset(server.client());
    reset.write("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc");
    test::pauseBriefly();
    reset.reset();
    BOOST_TEST(test::eventually([&] { return failures == 2; }));
}

namespace {

// Gives what it reads of a request.
class Echo : public BodyProducer, public std::enable_shared_from_this<Echo> {
public:
    explicit Echo(std::shared_ptr<BodyStream> stream) : stream_(std::move(stream)) {}
    void start(std::function<void()> wake) override {
        wake_ = std::move(wake);
        ask();
        wake_(); // from inside start(): nothing may be asked of it before it returned
        hasStarted_ = true;
    }
    State produce(std::string& out, std::size_t) override {
        if (!hasStarted_)
            return State::Failed;
        if (isAsking_)
            return State::Wait;
        out.swap(piece_);
        piece_.clear();
        if (end_ != BodyStream::End::More)
            return end_ == BodyStream::End::Done ? State::End : State::Failed;
        ask();
        return State::Data;
    }

private:
    void ask() {
        isAsking_ = true;
        stream_->read([self = shared_from_this()](std::string piece, BodyStream::End end) {
            self->piece_ = std::move(piece);
            self->end_ = end;
            self->isAsking_ = false;
            self->wake_();
        });
    }
    const std::shared_ptr<BodyStream> stream_;
    std::function<void()> wake_;
    std::string piece_;
    BodyStream::End end_ = BodyStream::End::More;
    bool isAsking_ = false;
    bool hasStarted_ = false;
};

void echo(const HttpRequest& request, const Responder& responder) {
    responder.send(produced(std::make_shared<Echo>(request.stream)));
}

} // namespace

BOOST_AUTO_TEST_CASE(an_answer_may_be_sent_while_the_request_comes_in) {
    Server server;
    server.route(streamed(10'000'000), echo);
    Stream stream(server.client());
    for (int i = 0; i < 2; ++i) { // the connection stays good
        stream.write("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
        BOOST_TEST(stream.readUntil("abc\r\n").find("Connection: close") == std::string::npos);
        stream.write("def");
        BOOST_TEST(stream.readUntil("0\r\n\r\n") == "3\r\ndef\r\n0\r\n\r\n");
    }
}

BOOST_AUTO_TEST_CASE(who_does_not_read_an_echo_is_cut_as_any_other_who_stalls) {
    HttpServerOptions slow;
    slow.writeStallTimeout = 100ms;
    Server server(slow);
    std::atomic<bool> isCut{false};
    server.route(streamed(100'000'000), [&](const HttpRequest& request, const Responder& responder) {
        const std::shared_ptr<Echo> made(new Echo(request.stream), [&](Echo* gone) {
            delete gone;
            isCut = true;
        });
        responder.send(produced(made));
    });
    auto options = server.client();
    options.timeout = 1s;
    Stream stream(options);
    stream.write("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n");
    BOOST_CHECK_THROW(stream.write(std::string(90'000'000, 'u')), test::ClientError);
    BOOST_TEST(test::eventually([&] { return isCut.load(); }));
    server.loops.stop();
}

BOOST_AUTO_TEST_CASE(a_streamed_body_that_outgrows_its_limit_is_refused) {
    Server server;
    std::atomic<int> failures{0};
    countFailures(server, failures);
    Stream stream(server.client());
    stream.write("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    stream.write("3e8\r\n" + std::string(1000, 'c') + "\r\n0\r\n\r\n");
    BOOST_TEST(test::readReply(stream).status == 413);
    BOOST_TEST(test::eventually([&] { return failures == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
