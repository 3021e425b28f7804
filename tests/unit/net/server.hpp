/// A whole HTTP server on loopback for these tests: loops, worker thread, router, one listener.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/net/http_server.hpp"
#include "core/net/listener.hpp"
#include "core/net/loop.hpp"
#include "core/net/router.hpp"
#include "core/net/tls.hpp"
#include "core/net/websocket.hpp"
#include "tests/support/client.hpp"

namespace trellis::net::testing {

/// One thread that runs tasks in order.
class Worker {
public:
    Worker() : thread_([this] { run(); }) {}
    ~Worker() {
        submit(nullptr);
        thread_.join();
    }
    void submit(Task task) {
        {
            const std::lock_guard lock(mutex_);
            tasks_.push_back(std::move(task));
        }
        ready_.notify_one();
    }
    Executor executor() {
        return [this](Task task) { submit(std::move(task)); };
    }

private:
    void run() {
        for (;;) {
            Task task;
            {
                std::unique_lock lock(mutex_);
                ready_.wait(lock, [&] { return !tasks_.empty(); });
                task = std::move(tasks_.front());
                tasks_.pop_front();
            }
            if (!task)
                return;
            task();
        }
    }
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Task> tasks_;
    std::thread thread_;
};

inline const test::TestCertificate& certificate() {
    static const auto made = test::makeCertificate("localhost");
    return made;
}

inline std::shared_ptr<TlsContext> newTls() {
    return TlsContext::create(TlsProfile::Modern,
                              {certificate().certificatePem, certificate().keyPem});
}

struct Server {
    explicit Server(HttpServerOptions options = {}, bool tls = false, std::size_t loopCount = 2)
        : loops(loopCount, "test"), context(tls ? newTls() : nullptr),
          http(router, worker.executor(), std::move(options)) {}

    /// Opens the port; routes may be added before or after.
    void listen(ListenerOptions options = {}) {
        options.address = "127.0.0.1";
        options.tls = context;
        listener = std::make_unique<Listener>(loops, std::move(options), http.factory());
    }
    test::ClientOptions client() {
        if (!listener)
            listen();
        test::ClientOptions options;
        options.port = listener->port();
        options.tls = context != nullptr;
        return options;
    }
    void route(RouteSpec spec, HttpHandler handler) {
        kept.push_back(router->add(std::move(spec), std::move(handler)));
    }
    void routeSimple(RouteSpec spec, SimpleHandler handler) {
        kept.push_back(router->addSimple(std::move(spec), std::move(handler)));
    }
    void routeUpgrade(UpgradeSpec spec, UpgradeHandler handler) {
        kept.push_back(router->addUpgrade(std::move(spec), std::move(handler)));
    }

    Worker worker;
    Loops loops;
    std::shared_ptr<TlsContext> context;
    std::shared_ptr<Router> router = std::make_shared<Router>();
    HttpServer http;
    std::unique_ptr<Listener> listener;
    std::vector<Registration> kept;
};

inline RouteSpec onLoop(std::string method, std::string path) {
    RouteSpec spec;
    spec.method = std::move(method);
    spec.path = std::move(path);
    spec.runOn = RunOn::Loop;
    return spec;
}

/// Runs `task` on `loop` and waits for its end.
inline void runOn(Loop& loop, const Task& task) {
    std::mutex mutex;
    std::condition_variable done;
    bool isDone = false;
    loop.post([&] {
        task();
        const std::lock_guard lock(mutex);
        isDone = true;
        done.notify_one();
    });
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return isDone; });
}

} // namespace trellis::net::testing
