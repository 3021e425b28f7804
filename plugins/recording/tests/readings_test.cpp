// Who reads a recording leaves a record, once in a while.
#include <boost/test/unit_test.hpp>
#include <trellis/sdk/testing.hpp>

#include "src/readings.hpp"

using namespace recording;
using namespace trellis::testing;
using namespace trellis::sdk;

namespace {

struct World {
    void read(const std::string& user, const std::string& address, const std::string& id, Seconds at = {}) {
        Caller caller;
        caller.userId = user;
        caller.address = address;
        Entry entry;
        entry.id = id;
        entry.name = id + ".mcrec";
        readings.note(host, caller, entry, Clock::time_point(at));
    }
    std::size_t records() { return host.audits().size(); }

    FakeHost host;
    Readings readings;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(readings)

BOOST_AUTO_TEST_CASE(each_viewer_and_recording_has_its_own_record) {
    World world;
    for (int i = 0; i < 2; ++i) {
        world.read("ada", "192.0.2.1", "one");
        world.read("eve", "192.0.2.1", "one");
        world.read("ada", "192.0.2.2", "one");
        world.read("ada", "192.0.2.1", "two");
    }
    BOOST_REQUIRE(world.records() == 4U);
    const auto record = world.host.audits().back();
    BOOST_TEST(record.action == "recording.read");
    BOOST_TEST(record.target == "two");
    BOOST_TEST(record.details.at("file").as_string() == "two.mcrec");
}

BOOST_AUTO_TEST_CASE(who_goes_on_leaves_another_record_each_ten_minutes) {
    World world;
    for (int minute = 0; minute <= 20; ++minute) world.read("ada", "a", "one", Seconds(60 * minute));
    BOOST_TEST(world.records() == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_for_want_of_room_is_recorded_again) {
    World world;
    const auto readAll = [&] {
        for (std::size_t i = 0; i <= Readings::kMost; ++i) world.read("ada", "a", std::to_string(i));
    };
    readAll();
    BOOST_TEST(world.records() == Readings::kMost + 1);
    world.read("ada", "a", "0");
    BOOST_TEST(world.records() == Readings::kMost + 2);
}

BOOST_AUTO_TEST_SUITE_END()
