/// Files of devices by plain HTTP, for browsers and scripts: `/plugins/files/content`.
///
///     GET  ?nodeid=ID&path=PATH                 the file; Range and If-Range as RFC 9110 has them
///     PUT  ?nodeid=ID&path=PATH[&exists=replace|fail|rename][&key=HEX&offset=BYTES]
///
/// Both take `session=TUNNEL` (the person at the device has agreed to that session already) and
/// `transfer=KEY` (24 hex digits), by which `files.transfer` tells how far it is.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/plugin.hpp>

#include "passage.hpp"

namespace files {

class Contents {
public:
    static constexpr std::size_t kMost = 256, kMostOfOne = 16;

    explicit Contents(trellis::sdk::Host& host) : host_(host) {}

    static void declare(trellis::sdk::Registrar& reg, std::unique_ptr<Contents>& self);
    void tick();

private:
    using All = std::map<std::string, std::shared_ptr<Passage>>;

    void get(const std::shared_ptr<trellis::sdk::HttpExchange>& exchange);
    void put(const std::shared_ptr<trellis::sdk::HttpExchange>& exchange);
    Order orderOf(const trellis::sdk::HttpExchange& exchange) const;
    void begin(const std::shared_ptr<Passage>& passage);
    /// Throws NotFound for those of others.
    std::shared_ptr<Passage> find(const trellis::sdk::Caller& caller, const std::string& key) const;

    trellis::sdk::Host& host_;
    trellis::sdk::Guarded<All> all_;  ///< by key; those that are over for a minute more
};

}  // namespace files
