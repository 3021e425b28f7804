// Building responses.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <trellis/sdk/error.hpp>

#include "core/net/http_message.hpp"

namespace trellis::net {

std::string_view reasonPhrase(int status) noexcept {
    switch (status) {
    case 100:
        return "Continue";
    case 101:
        return "Switching Protocols";
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 308:
        return "Permanent Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 411:
        return "Length Required";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 417:
        return "Expectation Failed";
    case 421:
        return "Misdirected Request";
    case 422:
        return "Unprocessable Content";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "";
    }
}

HttpResponse HttpResponse::text(int status, std::string body, std::string_view contentType) {
    HttpResponse response;
    response.status = status;
    response.headers.add("Content-Type", std::string(contentType));
    response.body = std::move(body);
    return response;
}

HttpResponse HttpResponse::json(int status, std::string body) {
    auto response = text(status, std::move(body), "application/json");
    response.headers.add("Cache-Control", "no-store");
    return response;
}

HttpResponse HttpResponse::html(int status, std::string body) {
    return text(status, std::move(body), "text/html; charset=utf-8");
}

HttpResponse HttpResponse::empty(int status) {
    HttpResponse response;
    response.status = status;
    return response;
}

HttpResponse HttpResponse::redirect(std::string location, int status) {
    auto response = empty(status);
    response.headers.add("Location", std::move(location));
    return response;
}

HttpResponse HttpResponse::error(const std::exception& reason) {
    const auto* known = dynamic_cast<const sdk::Error*>(&reason);
    boost::json::object error;
    error["code"] = sdk::codeName(known ? known->code() : sdk::ErrorCode::Internal);
    error["message"] = known ? known->what() : "internal error";
    if (known && !known->field().empty())
        error["field"] = known->field();
    boost::json::object body;
    body["error"] = std::move(error);
    return json(sdk::httpStatus(known ? known->code() : sdk::ErrorCode::Internal),
                boost::json::serialize(body));
}

} // namespace trellis::net
