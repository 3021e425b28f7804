/// The servers that the bench compares: ours, and MeshCentral.
#pragma once

#include <memory>
#include <string>
#include <sys/types.h>

#include "tests/support/agent_end.hpp"
#include "tests/support/client.hpp"

namespace trellis::bench {

constexpr const char* kPassword = "correct horse 42 battery"; ///< of the account "admin"

/// A running server with an administrator and a device group. The destructor ends it.
class Subject {
public:
    virtual ~Subject() = default;
    virtual std::string name() const = 0;
    virtual std::uint16_t port() const = 0;
    virtual pid_t process() const = 0;       ///< the first of its processes
    virtual std::string lastWords() const = 0; ///< the end of its output, for a fault's report
    virtual test::AgentSettings settings() const = 0;
    test::ClientOptions client() const;
    /// Has the administrator's password checked, by opening a control connection with it. Throws
    /// std::runtime_error if that is refused.
    void logIn() const;
};

/// `programs`: the folder of trellisd. RSA-3072 certificates, as users have them.
std::unique_ptr<Subject> startTrellis(const std::string& programs);
/// `folder`: where npm has installed `meshcentral`; nothing in it is changed.
std::unique_ptr<Subject> startMeshCentral(const std::string& folder);

/// Line of a request that carries the administrator's name and password.
std::string adminHeader();

} // namespace trellis::bench
