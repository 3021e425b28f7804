#include "core/app/plugin_ports/ports.hpp"

namespace trellis::app {

std::string CommandsPort::ownerOf(const std::string& name) const {
    const auto found = dispatcher_.find(name);
    return found ? found->owner : std::string();
}

plugin::Registration CommandsPort::add(const std::string& owner, sdk::CommandSpec spec,
                                       sdk::CommandHandler handler) {
    return std::make_shared<api::Registration>(
        dispatcher_.add(std::move(spec), std::move(handler), owner));
}

sdk::json::value CommandsPort::call(const std::string& name, const sdk::json::object& args,
                                    const sdk::Caller& caller, sdk::Deadline deadline) {
    return dispatcher_.call({name, args, caller, deadline});
}

}  // namespace trellis::app
