#include "fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

using namespace trellis;
using namespace trellis::model;

namespace {

/// Writes down what it hears.
struct Listener : Observer {
    std::mutex mutex;
    std::vector<std::string> heard;
    std::function<void()> onEach;

    void add(std::string line) {
        {
            const std::lock_guard lock(mutex);
            heard.push_back(std::move(line));
        }
        if (onEach)
            onEach();
    }
    template <class Ptr> void add(const std::string& kind, const Ptr& before, const Ptr& after) {
        add(kind + (before ? after ? " changed" : " removed" : " added"));
    }
    void onUser(const UserPtr& before, const UserPtr& after) override {
        add("user", before, after);
    }
    void onGroup(const GroupPtr& before, const GroupPtr& after) override {
        add("group", before, after);
    }
    void onDevice(const DevicePtr& before, const DevicePtr& after) override {
        add("device", before, after);
    }
    void onPresence(const DevicePtr&, const Presence& before, const Presence& after) override {
        add("presence " + std::to_string(before.connection) + ">" +
            std::to_string(after.connection));
    }
};

struct Fixture : test::DirectoryFixture {
    Listener listener;
    UserPtr joe = addUser("joe");
    GroupPtr group = addGroup(joe);
    Fixture() { directory->addObserver(&listener); }
    std::vector<std::string> heard() {
        const std::lock_guard lock(listener.mutex);
        return std::exchange(listener.heard, {});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(observers, Fixture)

BOOST_AUTO_TEST_CASE(each_change_is_told_once_and_in_order) {
    const auto device = enrol(group);
    const auto token = directory->agentConnected(device->id, "x");
    directory->touchDevice(device->id, [](Device& it) { it.osDesc = "a"; });
    directory->touchDevice(device->id, [](Device& it) { it.osDesc = "a"; }); // nothing new
    directory->agentDisconnected(device->id, token);
    directory->removeGroup(group->id);
    const std::vector<std::string> expected = {"device added", "presence 0>1",   "device changed",
                                               "presence 1>0", "device removed", "group changed",
                                               "user changed", "group removed"};
    const auto all = heard();
    BOOST_TEST(all.size() == expected.size());
    for (const auto& line : expected)
        BOOST_TEST(std::count(all.begin(), all.end(), line) == 1, line);
}

BOOST_FIXTURE_TEST_CASE(a_refused_change_is_not_told, test::Hurried<Fixture>) {
    BOOST_CHECK_THROW(directory->updateUser(joe->id, [](User& it) { it.email = "\n"; }),
                      sdk::Error);
    const auto other = test::openDatabase(folder);
    other->transaction([&](store::Session& session) {
        session.run("DELETE FROM side_documents");
        BOOST_CHECK_THROW(directory->updateUser(joe->id, [](User& it) { it.email = "a@b"; }),
                          sdk::Error);
    });
    BOOST_TEST(heard().empty());
}

BOOST_AUTO_TEST_CASE(an_observer_may_ask_and_change_and_throw) {
    std::atomic<int> left{3};
    listener.onEach = [&] {
        if (left-- > 0)
            directory->updateUser(joe->id, [&](User& it) { it.flags = it.flags + 1; });
        throw std::runtime_error("clumsy");
    };
    directory->updateUser(joe->id, [](User& it) { it.consent = 1; });
    BOOST_TEST(heard().size() == 4U);
    BOOST_TEST(directory->user(joe->id)->flags == 3U);
    listener.onEach = {};
}

BOOST_AUTO_TEST_CASE(people_and_agents_at_once_lose_no_change) {
    const auto device = enrol(group);
    directory->startWriter(std::chrono::milliseconds(1));
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        for (int i = 1; i <= 60; ++i)
            directory->updateDevice(device->id, [&](Device& it) { it.consent = unsigned(i); });
    });
    threads.emplace_back([&] {
        for (int i = 1; i <= 3000; ++i)
            directory->touchDevice(device->id, [&](Device& it) { it.lastBootMs = i; });
    });
    threads.emplace_back([&] {
        for (int i = 1; i <= 3000; ++i) {
            const auto token = directory->agentConnected(device->id, std::to_string(i));
            directory->agentDisconnected(device->id, token);
        }
    });
    threads.emplace_back([&] {
        for (int i = 0; i < 3000; ++i) {
            const auto record = directory->device(device->id);
            BOOST_REQUIRE(record != nullptr);
            directory->devicesOf(group->id);
        }
    });
    for (auto& thread : threads)
        thread.join();
    directory->flush();
    const auto after = directory->device(device->id);
    BOOST_TEST(after->consent == 60U);
    BOOST_TEST(after->lastBootMs == 3000);
    BOOST_TEST(after->lastAddress == "3000");
    BOOST_TEST((*stored()->device(device->id) == *after));
}

BOOST_AUTO_TEST_CASE(ten_thousand_devices_come_back_whole) {
    for (int i = 0; i < 10'000; ++i) {
        auto device = deviceIn(group, "device " + std::to_string(i));
        device.osDesc = "Debian GNU/Linux 12 (bookworm)";
        device.agent.version = 1;
        device.agent.id = 6;
        device.agent.core = "Nov 21 2022, 1172626357";
        directory->enrolDevice(device);
    }
    directory->flush();
    const auto start = std::clock();
    const auto again = stored();
    const auto took = double(std::clock() - start) / CLOCKS_PER_SEC;
    BOOST_TEST_MESSAGE("loading 10,000 devices took " << took << " s of CPU");
    BOOST_TEST(again->deviceCount() == 10'000U);
    BOOST_TEST(again->devicesOf(group->id).size() == 10'000U);
}

BOOST_AUTO_TEST_SUITE_END()
