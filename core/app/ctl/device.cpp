#include <iostream>
#include <thread>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/app/local_client.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;

int list(Context& context) {
    context.arguments.finish();
    const auto answer = context.client().call("device.list", {});
    if (context.asJson) {
        context.out << json::serialize(answer) << '\n';
        return kOk;
    }
    for (const auto& item : answer.at("devices").as_array()) {
        context.out << (item.at("online").as_bool() ? "online " : "offline") << '\t'
                    << std::string(item.at("name").as_string()) << '\t'
                    << std::string(item.at("group").as_string()) << '\t'
                    << std::string(item.at("id").as_string()) << '\n';
    }
    return kOk;
}

/// Waits until at least so many devices are online; for scripts.
int wait(Context& context) {
    const auto wanted =
        numberFrom(context.arguments.option("online").value_or("1"), 1, 1000000, "--online");
    const auto seconds =
        numberFrom(context.arguments.option("timeout").value_or("60"), 1, 86400, "--timeout");
    context.arguments.finish();
    const auto server = context.client();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    for (;;) {
        const auto online = server.call("server.status", {}).at("devicesOnline").to_number<long>();
        if (online >= wanted) {
            context.answer(json::object{{"online", online}}, std::to_string(online) + " online\n");
            return kOk;
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            throw sdk::Error(sdk::ErrorCode::DeadlineExceeded,
                             std::to_string(online) + " of " + std::to_string(wanted) +
                                 " devices online after " + std::to_string(seconds) + " s");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

}  // namespace

int device(Context& context) {
    const auto verb = context.arguments.needWord("list or wait");
    if (verb == "list") return list(context);
    if (verb == "wait") return wait(context);
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "device: expected list or wait, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl
