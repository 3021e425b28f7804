/// One call of a command over an HTTP session that is open: the same for the local socket and for TLS.
#pragma once

#include <string>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace trellis::app {

/// The result; throws what the server answered as sdk::Error, and Poco's exceptions of the connection.
/// `tenant`: whose path was asked, for the case that there is no such tenant.
boost::json::value exchange(Poco::Net::HTTPClientSession& session, Poco::Net::HTTPRequest& request,
                            const boost::json::object& arguments, const std::string& tenant = {});

} // namespace trellis::app
