#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/app/local_client.hpp"

namespace trellis::app::ctl {

namespace json = boost::json;

int server(Context& context) {
    const auto verb = context.arguments.needWord("status or loginkey");
    const auto client = context.client();
    if (verb == "status") {
        context.arguments.finish();
        const auto answer = client.call("server.status", {});
        if (context.asJson) {
            context.out << json::serialize(answer) << '\n';
            return kOk;
        }
        for (const auto& member : answer.as_object()) {
            context.out << std::string(member.key()) << ": "
                        << (member.value().is_string() ? std::string(member.value().as_string())
                                                       : json::serialize(member.value()))
                        << '\n';
        }
        return kOk;
    }
    if (verb == "loginkey") {
        context.arguments.finish();
        const auto answer = client.call("server.loginkey", {});
        context.answer(answer, std::string(answer.at("key").as_string()) + "\n");
        return kOk;
    }
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "server: expected status or loginkey, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl
