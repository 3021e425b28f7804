// Raw streams, TLS, listeners, life and death of connections.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <filesystem>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <trellis/sdk/error.hpp>

#include "core/net/loop_impl.hpp"
#include "tests/unit/net/server.hpp"

using namespace trellis;
using namespace trellis::net;
using namespace trellis::net::testing;
using namespace std::chrono_literals;
using test::ClientOptions;
using test::Stream;

namespace {

/// A stream handler made of functions; counts what happens.
class Probe : public StreamHandler {
public:
    using OnData = std::function<std::size_t(Connection&, MutableBytes)>;
    explicit Probe(OnData onData = {}) : onData_(std::move(onData)) {}
    void onOpen(Connection& connection) override {
        const std::lock_guard lock(mutex);
        open = connection.shared_from_this();
        ++opens;
    }
    std::size_t onData(Connection& connection, MutableBytes bytes) override {
        if (onData_)
            return onData_(connection, bytes);
        connection.write(bytes);
        return bytes.size();
    }
    void onWritable(Connection&) override { ++drains; }
    void onClose(Connection&, const CloseReason& why) noexcept override {
        {
            const std::lock_guard lock(mutex);
            reason = why;
            open.reset();
        }
        ++closes;
    }
    std::shared_ptr<Connection> connection() {
        std::shared_ptr<Connection> found;
        test::eventually([&] {
            const std::lock_guard lock(mutex);
            found = open;
            return found != nullptr;
        });
        return found;
    }
    std::mutex mutex; // guards open and reason
    std::shared_ptr<Connection> open;
    CloseReason reason;
    std::atomic<int> opens{0};
    std::atomic<int> closes{0};
    std::atomic<int> drains{0};

private:
    OnData onData_;
};

struct RawServer {
    explicit RawServer(bool tls = false, ListenerOptions options = {}, Probe::OnData onData = {})
        : loops(2, "test", 1), context(tls ? newTls() : nullptr),
          probe(std::make_shared<Probe>(std::move(onData))) {
        options.address = "127.0.0.1";
        options.tls = context;
        listener = std::make_unique<Listener>(loops, options,
                                              [this](const ConnectionInfo&) { return probe; });
    }
    ~RawServer() { loops.stop(); }
    ClientOptions client() const {
        ClientOptions result;
        result.port = listener->port();
        result.tls = context != nullptr;
        return result;
    }
    Loops loops;
    std::shared_ptr<TlsContext> context;
    std::shared_ptr<Probe> probe;
    std::unique_ptr<Listener> listener;
};

std::size_t threadCount() {
    const auto tasks = std::filesystem::directory_iterator("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// What `read` finds on the loop's own thread.
std::uint64_t readOn(Loop& loop, const std::function<std::uint64_t()>& read) {
    std::uint64_t found = 0;
    runOn(loop, [&] { found = read(); });
    return found;
}

Digest384 sha384(const std::string& bytes) {
    Digest384 digest{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha384(), nullptr);
    return digest;
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection)

BOOST_AUTO_TEST_CASE(bytes_come_back_whole_over_tcp_and_tls) {
    for (const bool tls : {false, true}) {
        RawServer server(tls);
        Stream stream(server.client());
        std::string bytes(3'000'000, '\0');
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<char>(i * 7 + i / 256);
        std::string back;
        for (std::size_t at = 0; at < bytes.size(); at += 100'000) {
            stream.write(std::string_view(bytes).substr(at, 100'000));
            back += stream.readExactly(100'000);
        }
        BOOST_TEST((back == bytes));
    }
}

BOOST_AUTO_TEST_CASE(bytes_not_used_come_again_with_more_behind_them) {
    std::mutex mutex;
    std::vector<std::string> seen;
    RawServer server(false, {}, [&](Connection& connection, MutableBytes bytes) -> std::size_t {
        const auto text = asText(bytes);
        const auto end = text.find('\n');
        if (end == std::string_view::npos)
            return 0;
        const std::lock_guard lock(mutex);
        seen.emplace_back(text.substr(0, end));
        connection.write("ok");
        return end + 1;
    });
    Stream stream(server.client());
    stream.write("hel");
    test::pauseBriefly();
    stream.write("lo\n");
    BOOST_TEST(stream.readExactly(2) == "ok");
    BOOST_TEST(seen[0] == "hello");
}

BOOST_AUTO_TEST_CASE(a_handler_that_never_uses_its_input_is_ended) {
    RawServer server(false, {}, [](Connection&, MutableBytes) -> std::size_t { return 0; });
    Stream stream(server.client());
    try {
        stream.write(std::string(200'000, 'x'));
    } catch (const test::ClientError&) { // may be cut while writing
    }
    BOOST_TEST(stream.waitForEnd());
    BOOST_TEST(test::eventually([&] { return server.probe->closes == 1; }));
    BOOST_TEST((server.probe->reason.kind == CloseReason::Kind::Overflow));
}

BOOST_AUTO_TEST_CASE(paused_reading_holds_the_sender_and_loses_nothing) {
    for (const bool tls : {false, true}) {
        std::atomic<std::size_t> received{0};
        RawServer server(tls, {}, [&](Connection& connection, MutableBytes bytes) -> std::size_t {
            // Takes half of what it gets and pauses in the middle of it.
            const auto used = std::max<std::size_t>(bytes.size() / 2, 1);
            received += used;
            connection.pauseReading();
            return used;
        });
        Stream stream(server.client());
        std::thread writer([&] { stream.write(std::string(1'000'000, 'x')); });
        const auto connection = server.probe->connection();
        BOOST_TEST(test::eventually([&] {
            connection->post([](Connection& open) { open.resumeReading(); });
            return received == 1'000'000;
        }));
        writer.join();
    }
}

BOOST_AUTO_TEST_CASE(high_and_low_water_are_told_once_each) {
    RawServer server;
    auto options = server.client();
    options.receiveBuffer = 4096;
    Stream stream(options);
    const auto connection = server.probe->connection();
    const auto big = std::make_shared<const std::string>(8'000'000, 'b');
    std::atomic<bool> wasAbove{false};
    connection->post([big, &wasAbove](Connection& open) {
        open.writeShared(big);
        wasAbove = open.isAboveHighWater();
    });
    BOOST_TEST(stream.readExactly(big->size()).size() == big->size());
    BOOST_TEST(test::eventually([&] { return server.probe->drains == 1; }));
    BOOST_TEST(wasAbove);
}

BOOST_AUTO_TEST_CASE(the_queue_limit_ends_the_connection) {
    RawServer server;
    auto options = server.client();
    options.receiveBuffer = 4096;
    Stream stream(options);
    std::atomic<bool> isRefused{false};
    server.probe->connection()->post([&](Connection& open) {
        open.setQueueLimit(100'000);
        open.write(std::string(100'000, 'x'));
        isRefused = !open.write("y") && !open.isOpen();
    });
    BOOST_TEST(test::eventually([&] { return server.probe->closes == 1; }));
    BOOST_TEST(isRefused);
    BOOST_TEST((server.probe->reason.kind == CloseReason::Kind::Overflow));
}

BOOST_AUTO_TEST_CASE(close_after_flush_delivers_everything_even_while_input_comes) {
    for (const bool tls : {false, true}) {
        RawServer server(tls, {}, [](Connection& connection, MutableBytes bytes) {
            connection.write(std::string(500'000, 'e'));
            connection.closeAfterFlush("enough");
            return bytes.size();
        });
        Stream stream(server.client());
        stream.write("go");
        stream.write(std::string(1000, 'x'));
        BOOST_TEST(stream.readAll().size() == 500'000u);
        stream.close();
        BOOST_TEST(test::eventually([&] { return server.probe->closes == 1; }));
    }
}

BOOST_AUTO_TEST_CASE(silence_beyond_the_idle_limit_ends_it) {
    RawServer server;
    Stream stream(server.client());
    server.probe->connection()->post([](Connection& open) { open.setIdleTimeout(50ms); });
    BOOST_TEST(stream.waitForEnd());
    BOOST_TEST(test::eventually([&] { return server.probe->closes == 1; }));
    BOOST_TEST((server.probe->reason.kind == CloseReason::Kind::Timeout));
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_costs_its_connection_only) {
    RawServer server(false, {}, [](Connection&, MutableBytes) -> std::size_t {
        throw std::runtime_error("expected");
    });
    Stream stream(server.client());
    stream.write("x");
    BOOST_TEST(stream.waitForEnd());
    Stream other(server.client());
    BOOST_TEST(test::eventually([&] { return server.probe->opens == 2; }));
}

BOOST_AUTO_TEST_CASE(a_connection_moves_between_loops_with_everything_in_flight) {
    for (const bool tls : {false, true}) {
        RawServer server(tls);
        Stream stream(server.client());
        const auto connection = server.probe->connection();
        std::atomic<int> moves{0};
        std::atomic<int> strays{0};
        std::atomic<bool> mayStop{false};
        std::thread mover([&] {
            for (std::size_t i = 0; !mayStop; ++i) {
                const int before = moves;
                connection->post([&, i](Connection& open) {
                    open.moveTo(server.loops.at(i % 2), [&](Connection& moved) {
                        strays += moved.loop().isCurrent() ? 0 : 1;
                        ++moves;
                    });
                });
                while (moves == before && !mayStop)
                    test::pauseBriefly();
            }
        });
        // On a busy machine the mover comes late: a few pieces more, then.
        for (int i = 0; i < 200 || (moves <= 2 && i < 20'000); ++i) {
            const std::string piece(20'000, static_cast<char>('a' + i % 26));
            stream.write(piece);
            BOOST_REQUIRE(stream.readExactly(piece.size()) == piece);
        }
        mayStop = true;
        mover.join();
        BOOST_TEST(moves > 2);
        BOOST_TEST(strays == 0);
    }
}

BOOST_AUTO_TEST_CASE(stopping_the_loops_closes_and_reports_every_connection) {
    RawServer server(true);
    std::vector<Stream> streams;
    for (int i = 0; i < 20; ++i)
        streams.emplace_back(server.client());
    BOOST_TEST(test::eventually([&] { return server.probe->opens == 20; }));
    server.loops.stop();
    BOOST_TEST(server.probe->closes == 20);
    BOOST_TEST((server.probe->reason.kind == CloseReason::Kind::Shutdown));
    BOOST_TEST(server.listener->connections() == 0u);
}

BOOST_AUTO_TEST_CASE(a_reset_is_noticed_while_reading_is_paused) {
    RawServer server;
    Stream stream(server.client());
    server.probe->connection()->post([](Connection& open) { open.pauseReading(); });
    test::pauseBriefly();
    stream.reset();
    BOOST_TEST(test::eventually([&] { return server.probe->closes == 1; }));
    BOOST_TEST((server.probe->reason.kind == CloseReason::Kind::PeerReset));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(the_certificate_hash_is_that_of_the_certificate_seen) {
    RawServer server(true);
    Stream stream(server.client());
    const auto info = server.probe->connection()->info();
    BOOST_TEST(info.isTls);
    BOOST_TEST((info.tls->certificateHash == sha384(stream.certificateDer())));
}

BOOST_AUTO_TEST_CASE(a_new_certificate_serves_new_connections_and_leaves_the_old_ones_alone) {
    RawServer server(true);
    Stream before(server.client());
    const auto old = server.probe->connection()->info().tls;
    const auto fresh = test::makeCertificate("fresh", 2048);
    server.context->replace({fresh.certificatePem, fresh.keyPem});
    Stream after(server.client());
    BOOST_TEST(before.certificateDer() != after.certificateDer());
    BOOST_TEST(test::eventually([&] { return server.probe->opens == 2; }));
    BOOST_TEST((server.probe->connection()->info().tls->certificateHash ==
                sha384(after.certificateDer())));
    BOOST_TEST((old->certificateHash == sha384(before.certificateDer())));
    before.write("still here");
    BOOST_TEST(before.readExactly(10) == "still here");
}

BOOST_AUTO_TEST_CASE(the_same_certificate_again_keeps_the_session_tickets) {
    const auto context = newTls();
    const auto before = context->current();
    context->replace({certificate().certificatePem, certificate().keyPem});
    BOOST_TEST((context->current() == before));
}

BOOST_AUTO_TEST_CASE(a_wrong_certificate_or_key_is_refused_and_the_old_stays) {
    const auto context = newTls();
    const auto before = context->current();
    const auto other = test::makeCertificate("other");
    BOOST_CHECK_THROW(context->replace({certificate().certificatePem, other.keyPem}), sdk::Error);
    BOOST_CHECK_THROW(context->replace({"garbage", other.keyPem}), sdk::Error);
    BOOST_CHECK_THROW(context->replace({other.certificatePem, ""}), sdk::Error);
    BOOST_TEST((context->current() == before));
}

BOOST_AUTO_TEST_CASE(only_modern_versions_and_suites_are_spoken) {
    RawServer server(true);
    auto options = server.client();
    BOOST_TEST(Stream(options).tlsVersion() == "TLSv1.3");
    options.maxTlsVersion = TLS1_2_VERSION;
    const Stream older(options);
    BOOST_TEST(older.tlsVersion() == "TLSv1.2");
    BOOST_TEST(older.tlsCipher().rfind("ECDHE-ECDSA-", 0) == 0u);
    options.maxTlsVersion = TLS1_1_VERSION;
    BOOST_CHECK_THROW(Stream{options}, test::ClientError);
}

BOOST_AUTO_TEST_CASE(plain_text_on_a_tls_port_is_ended) {
    RawServer server(true);
    auto options = server.client();
    options.tls = false;
    Stream stream(options);
    stream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(stream.waitForEnd());
    BOOST_TEST(server.probe->opens == 0);
}

BOOST_AUTO_TEST_CASE(half_a_record_does_not_keep_the_loop_busy) {
    RawServer server(true);
    Stream stream(server.client());
    auto& loop = server.probe->connection()->loop();
    // Each question costs the loop one round; a busy one turns hundreds of times in between.
    const auto rounds = [&] { return readOn(loop, [&] { return loop.impl().rounds; }); };
    // The head of an application record of 16 KiB, and three bytes of it.
    const std::string part("\x17\x03\x03\x40\x11zzz", 8);
    BOOST_REQUIRE(::send(stream.fd(), part.data(), part.size(), 0) == 8);
    constexpr int kQuestions = 100;
    const auto before = rounds();
    for (int i = 0; i < kQuestions; ++i) {
        test::pauseBriefly();
        rounds();
    }
    // As many again for timers and for the arrival of the bytes.
    BOOST_TEST(rounds() - before <= 2 * kQuestions);
}

BOOST_AUTO_TEST_CASE(a_loop_rests_while_it_carries_bulk_data_and_only_then) {
    RawServer server(true);
    Stream stream(server.client());
    auto& loop = server.probe->connection()->loop();
    const auto rests = [&] { return readOn(loop, [&] { return loop.impl().bulkRest.count(); }); };
    for (int i = 0; i < 100; ++i) {
        stream.write("a short message");
        stream.readExactly(15);
    }
    BOOST_TEST(rests() == 0);
    const std::string block(wire::BulkRest::kBytes, 'b');
    BOOST_TEST(test::eventually([&] {
        stream.write(block);
        stream.readExactly(block.size());
        return rests() > 0;
    }));
}

BOOST_AUTO_TEST_CASE(quick_loops_never_rest) {
    RawServer server;
    Stream stream(server.client());
    auto& quick = server.loops.quick();
    std::atomic<bool> hasMoved{false};
    server.probe->connection()->post(
        [&](Connection& open) { open.moveTo(quick, [&](Connection&) { hasMoved = true; }); });
    BOOST_REQUIRE(test::eventually([&] { return hasMoved.load(); }));
    const std::string block(wire::BulkRest::kBytes, 'b');
    for (int i = 0; i < 50; ++i) {
        stream.write(block);
        stream.readExactly(block.size());
    }
    BOOST_TEST(readOn(quick, [&] { return quick.impl().bulkRest.count(); }) == 0);
}

BOOST_AUTO_TEST_CASE(an_end_without_close_notify_is_an_end) {
    std::atomic<int> ends{0};
    struct Ending : Probe {
        std::atomic<int>* ends = nullptr;
        void onPeerEnd(Connection& connection) override {
            ++*ends;
            connection.write("bye");
            connection.closeAfterFlush();
        }
    };
    const auto context = newTls();
    Loops loops(1, "test");
    const auto probe = std::make_shared<Ending>();
    probe->ends = &ends;
    ListenerOptions listen;
    listen.address = "127.0.0.1";
    listen.tls = context;
    const Listener listener(loops, listen, [&](const ConnectionInfo&) { return probe; });
    ClientOptions options;
    options.port = listener.port();
    Stream stream(options);
    stream.write("a");
    BOOST_TEST(stream.readExactly(1) == "a");
    ::shutdown(stream.fd(), SHUT_WR);
    BOOST_TEST(stream.readAll() == "bye");
    BOOST_TEST(ends == 1);
    loops.stop();
}

BOOST_AUTO_TEST_CASE(half_open_connections_time_out) {
    ListenerOptions listen;
    listen.handshakeTimeout = 100ms;
    RawServer server(true, listen);
    auto options = server.client();
    options.tls = false;
    Stream silent(options);
    BOOST_TEST(silent.waitForEnd());
    BOOST_TEST(test::eventually([&] { return server.listener->connections() == 0; }));
    BOOST_TEST(server.probe->opens == 0);
    BOOST_TEST(server.probe->closes == 0);
}

BOOST_AUTO_TEST_CASE(two_thousand_half_open_connections_cost_no_thread_and_no_service) {
    RawServer server(true);
    const auto threads = threadCount();
    auto options = server.client();
    options.tls = false;
    std::vector<Stream> silent;
    for (int i = 0; i < 2000; ++i)
        silent.emplace_back(options);
    BOOST_TEST(test::eventually([&] { return server.listener->connections() == 2000; }));
    BOOST_TEST(threadCount() == threads);
    Stream served(server.client());
    served.write("alive");
    BOOST_TEST(served.readExactly(5) == "alive");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(listener)

BOOST_AUTO_TEST_CASE(connections_above_the_limit_are_closed_at_once) {
    ListenerOptions listen;
    listen.maxConnections = 2;
    RawServer server(false, listen);
    Stream first(server.client());
    auto second = std::make_unique<Stream>(server.client());
    BOOST_TEST(test::eventually([&] { return server.probe->opens == 2; }));
    Stream third(server.client());
    BOOST_TEST(third.readAll() == "");
    second.reset();
    BOOST_TEST(test::eventually([&] { return server.listener->connections() == 1; }));
    Stream fourth(server.client());
    fourth.write("x");
    BOOST_TEST(fourth.readExactly(1) == "x");
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_refused_with_port_and_reason) {
    RawServer server;
    ListenerOptions options;
    options.address = "127.0.0.1";
    options.port = server.listener->port();
    const auto names = [&](const sdk::Error& e) {
        return std::string(e.what()).find(std::to_string(options.port)) != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(Listener(server.loops, options, {}), sdk::Error, names);
    options.address = "host.example";
    BOOST_CHECK_THROW(Listener(server.loops, options, {}), sdk::Error);
}

BOOST_AUTO_TEST_CASE(a_listener_that_is_gone_leaves_its_connections_alone) {
    RawServer server;
    Stream stream(server.client());
    stream.write("a");
    BOOST_TEST(stream.readExactly(1) == "a");
    const auto options = server.client();
    server.listener.reset();
    stream.write("b");
    BOOST_TEST(stream.readExactly(1) == "b");
    BOOST_CHECK_THROW(Stream{options}, test::ClientError);
}

BOOST_AUTO_TEST_CASE(without_descriptors_connections_are_refused_and_later_taken_again) {
    RawServer server;
    Stream early(server.client());
    BOOST_TEST(test::eventually([&] { return server.probe->opens == 1; }));
    // The client needs two: its socket, made before the limit falls, is connected afterwards.
    std::vector<int> hoard;
    rlimit old{};
    ::getrlimit(RLIMIT_NOFILE, &old);
    const rlimit low{256, old.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = 0; (fd = ::dup(0)) >= 0;)
        hoard.push_back(fd);
    ::close(hoard.back());
    hoard.pop_back();
    {
        Stream refused(server.client()); // takes the last descriptor; the server has none left
        BOOST_TEST(refused.waitForEnd());
    }
    early.write("alive");
    BOOST_TEST(early.readExactly(5) == "alive");
    for (const int fd : hoard)
        ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &old);
    Stream late(server.client());
    late.write("x");
    BOOST_TEST(late.readExactly(1) == "x");
}

BOOST_AUTO_TEST_SUITE_END()
