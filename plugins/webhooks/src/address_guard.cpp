#include "address_guard.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/NumberParser.h>

namespace webhooks {

namespace {

using Poco::Net::IPAddress;

/// ::ffff:a.b.c.d is the IPv4 address to every socket.
IPAddress plain(const IPAddress& address) {
    if (address.family() == IPAddress::IPv6 && address.isIPv4Mapped())
        return IPAddress(static_cast<const char*>(address.addr()) + 12, 4);
    return address;
}

const std::vector<Network>& special() {
    static const std::vector<Network> networks = [] {
        std::vector<Network> list;
        for (const auto* text :
             {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
              "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
              "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
              // Of IPv6 only 2000::/3 is given out; inside it: Teredo, benchmarks, ORCHID,
              // documentation, 6to4.
              "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"})
            list.push_back(Network::parse(text));
        return list;
    }();
    return networks;
}

} // namespace

bool Network::contains(const IPAddress& given) const {
    const auto address = plain(given);
    if (address.family() != base.family())
        return false;
    const auto* a = static_cast<const unsigned char*>(address.addr());
    const auto* b = static_cast<const unsigned char*>(base.addr());
    if (std::memcmp(a, b, bits / 8) != 0)
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (a[bits / 8] >> (8 - rest)) == (b[bits / 8] >> (8 - rest));
}

Network Network::parse(const std::string& text) {
    const auto slash = text.find('/');
    Network network;
    IPAddress base;
    if (!IPAddress::tryParse(text.substr(0, slash), base))
        throw std::invalid_argument("not an address or network: " + text);
    network.base = plain(base);
    const unsigned most = network.base.family() == IPAddress::IPv4 ? 32 : 128;
    network.bits = most;
    if (slash != std::string::npos &&
        (!Poco::NumberParser::tryParseUnsigned(text.substr(slash + 1), network.bits) ||
         network.bits > most))
        throw std::invalid_argument("not an address or network: " + text);
    return network;
}

bool isPublic(const IPAddress& given) {
    const auto address = plain(given);
    if (address.family() == IPAddress::IPv6) {
        static const auto kGivenOut = Network::parse("2000::/3");
        if (!kGivenOut.contains(address))
            return false;
    }
    return std::none_of(special().begin(), special().end(),
                        [&](const Network& network) { return network.contains(address); });
}

IPAddress resolveSafely(const std::string& host, const std::vector<Network>& allowed) {
    IPAddress literal;
    std::vector<IPAddress> found;
    std::string bare = host;
    if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']')
        bare = bare.substr(1, bare.size() - 2);
    if (IPAddress::tryParse(bare, literal))
        found.push_back(literal);
    else
        found = Poco::Net::DNS::hostByName(bare).addresses();
    if (found.empty())
        throw std::runtime_error("no address for " + host);
    for (const auto& address : found) {
        const bool isAllowed = isPublic(address) ||
                               std::any_of(allowed.begin(), allowed.end(),
                                           [&](const auto& one) { return one.contains(address); });
        if (!isAllowed)
            throw std::runtime_error(host + " is at " + address.toString() +
                                     ", which is not a public address; see allow_networks");
    }
    return found.front();
}

} // namespace webhooks
