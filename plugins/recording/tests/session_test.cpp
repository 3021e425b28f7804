// The queue of a session between the loop that fills it and the worker that empties it.
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "src/session.hpp"

using namespace recording;
using trellis::sdk::Side;
namespace fs = std::filesystem;

namespace {

/// Workers that run when the test says so.
class Owner final : public SessionOwner {
public:
    bool work(std::function<void()> task) override {
        tasks_.push_back(std::move(task));
        return true;
    }
    void finished(SessionFile&) override {}
    void failed(const Entry&, SessionFile*, const std::string& why) override { BOOST_ERROR(why); }
    void run() {
        while (!tasks_.empty()) {
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            task();
        }
    }

private:
    std::deque<std::function<void()>> tasks_;
};

/// Does something while it is told to hold, or to go on.
class Tunnel final : public trellis::sdk::TunnelControl {
public:
    void send(Side, std::string, bool) override {}
    bool write(Side, std::string, bool) override { return true; }
    void pause(Side end) override { told(end, true, onPause); }
    void resume(Side end) override { told(end, false, onResume); }
    void close(std::string) override {}

    bool isHeld(Side end) const { return end == Side::Viewer ? isViewerHeld_ : isDeviceHeld_; }
    std::function<void()> onPause, onResume;

private:
    void told(Side end, bool isHeld, std::function<void()>& then) {
        // It arrives when this returns: the other thread is quicker.
        const auto once = end == Side::Viewer ? std::exchange(then, {}) : nullptr;
        if (once) once();
        (end == Side::Viewer ? isViewerHeld_ : isDeviceHeld_) = isHeld;
    }
    bool isViewerHeld_ = false, isDeviceHeld_ = false;
};

struct World {
    World() {
        fs::create_directories(folder);
        Entry entry;
        entry.id = newId();
        entry.name = "relaysession-" + entry.id + ".mcrec";
        entry.protocol = protocol::kFiles;
        entry.startMs = nowMs();
        session = std::make_shared<Session>(owner, folder.string(), entry, FileOptions{});
        session->opened(tunnel);
        owner.run();
    }
    ~World() { fs::remove_all(folder); }
    void fill() {
        const std::string piece(1024 * 1024, 'x');
        for (std::size_t size = 0; size <= Session::kQueueLimit; size += piece.size()) session->add(Side::Viewer, false, piece);
    }
    bool isHeld() const { return tunnel->isHeld(Side::Viewer) || tunnel->isHeld(Side::Device); }

    const fs::path folder = fs::temp_directory_path() / ("session-" + newId());
    Owner owner;
    std::shared_ptr<Tunnel> tunnel = std::make_shared<Tunnel>();
    std::shared_ptr<Session> session;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(session)

BOOST_AUTO_TEST_CASE(a_worker_that_is_done_while_the_ends_are_told_to_wait_lets_them_go) {
    World world;
    world.tunnel->onPause = [&] { world.owner.run(); };
    world.fill();
    world.owner.run();
    BOOST_TEST(!world.isHeld());
}

BOOST_AUTO_TEST_CASE(a_queue_that_fills_while_the_ends_are_let_go_holds_them) {
    World world;
    world.fill();
    BOOST_TEST(world.isHeld());
    bool wasHeld = false;
    world.tunnel->onResume = [&] {
        world.fill();
        world.tunnel->onResume = [&] { wasHeld = world.tunnel->isHeld(Side::Viewer) && world.tunnel->isHeld(Side::Device); };
    };
    world.owner.run();
    BOOST_TEST(wasHeld);
    BOOST_TEST(!world.isHeld());
}

BOOST_AUTO_TEST_SUITE_END()
