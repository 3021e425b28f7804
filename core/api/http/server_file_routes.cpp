#include "core/api/http/server_file_routes.hpp"

#include <cctype>

#include <trellis/wire/percent.hpp>

#include "core/api/context.hpp"
#include "core/api/files/multipart.hpp"
#include "core/api/files/server_area.hpp"

namespace trellis::api {

namespace json = boost::json;

using sdk::Error;
using sdk::ErrorCode;

namespace {

constexpr std::size_t kMaxField = 4096;
constexpr std::size_t kMaxFiles = 100;

/// RFC 6266: the name in ASCII for old clients, and as it is.
std::string disposition(const std::string& name) {
    std::string plain;
    for (const char c : name)
        plain += static_cast<unsigned char>(c) < 0x7f && c != '"' ? c : '_';
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + wire::percentEncode(name);
}

/// One upload: pieces come on the connection's loop and are written on workers, one after another.
class Upload final : public PartSink, public std::enable_shared_from_this<Upload> {
public:
    Upload(Context& context, FileStore& store, sdk::Caller caller, net::HttpRequest request,
           net::Responder responder, const std::string& boundary, std::shared_ptr<std::atomic<int>> running)
        : context_(context), store_(store), caller_(std::move(caller)), request_(std::move(request)),
          responder_(std::move(responder)), parser_(boundary, *this), running_(std::move(running)),
          link_(request_.query.get("link")) {}
    ~Upload() override { --*running_; }

    void next() {
        request_.stream->read([self = shared_from_this()](std::string piece, net::BodyStream::End end) {
            auto shared = std::make_shared<std::string>(std::move(piece));
            const bool isTaken =
                self->context_.pool.post([self, shared, end] { self->take(*shared, end); });
            if (!isTaken)
                self->responder_.send(errorResponse(Error(ErrorCode::Unavailable, "the server is busy")));
        });
    }

    void onPart(const PartHead& head) override {
        field_ = head.name;
        value_.clear();
        if (!head.fileName || head.fileName->empty())
            return;
        if (files_.size() >= kMaxFiles)
            throw Error(ErrorCode::InvalidArgument, "too many files at once");
        if (!isFileName(*head.fileName))
            throw Error(ErrorCode::InvalidArgument, "not a file name", "/files");
        file_ = store_.receive(caller_.userId);
        name_ = *head.fileName;
    }
    void onData(std::string_view bytes) override {
        if (file_) {
            file_->append(bytes);
            return;
        }
        if (value_.size() + bytes.size() > kMaxField)
            throw Error(ErrorCode::InvalidArgument, "a field is too long");
        value_ += bytes;
    }
    void onPartEnd() override {
        if (file_) {
            file_->finish();
            files_.emplace_back(std::move(name_), std::move(file_));
        } else if (field_ == "link") {
            // The wire's pages encode it once more.
            link_ = net::percentDecode(value_).value_or("");
        }
    }

private:
    void take(const std::string& piece, net::BodyStream::End end) {
        try {
            if (end == net::BodyStream::End::Failed)
                return; // the peer is gone; what came goes with this object
            parser_.feed(piece);
            if (end == net::BodyStream::End::More) {
                next();
                return;
            }
            parser_.finish();
            responder_.send(jsonResponse(200, put()));
        } catch (const Error& error) {
            responder_.send(errorResponse(error));
        } catch (const std::exception& reason) {
            responder_.fail(reason);
        }
    }

    /// Each file by the command that checks, writes and records it.
    json::object put() {
        const auto parts = linkParts(link_);
        if (!parts)
            throw Error(ErrorCode::InvalidArgument, "the form has no good link", "/link");
        if (files_.empty())
            throw Error(ErrorCode::InvalidArgument, "the form has no file", "/files");
        json::array stored;
        for (const auto& [name, file] : files_) {
            Call call;
            call.command = "serverfile.put";
            call.caller = caller_;
            call.message = {{"upload", file->id()},
                            {"path", json::array(parts->names.begin(), parts->names.end())},
                            {"file", name}};
            context_.dispatcher.call(std::move(call));
            stored.push_back(json::object{{"file", name}, {"size", file->size()}});
        }
        return {{"result", "ok"}, {"files", std::move(stored)}};
    }

    Context& context_;
    FileStore& store_;
    const sdk::Caller caller_;
    net::HttpRequest request_;
    net::Responder responder_;
    MultipartParser parser_;
    std::shared_ptr<std::atomic<int>> running_;
    std::string link_, field_, value_, name_;
    std::unique_ptr<FileStore::Incoming> file_;
    std::vector<std::pair<std::string, std::unique_ptr<FileStore::Incoming>>> files_;
};

} // namespace

ServerFileRoutes::ServerFileRoutes(Context& context, const HttpCallers& callers)
    : context_(context), callers_(callers), store_(context.files) {}

void ServerFileRoutes::mount(net::Router& router, std::vector<net::Registration>& routes) {
    net::RouteSpec get;
    get.path = "/downloadfile.ashx";
    routes.push_back(router.addSimple(get, [this](const net::HttpRequest& request) {
        try {
            return download(request);
        } catch (const Error& error) {
            return errorResponse(error);
        }
    }));
    net::RouteSpec post;
    post.method = "POST";
    post.path = "/uploadfile.ashx";
    post.bodyLimit = kMaxUpload;
    post.bodyMode = net::BodyMode::Streamed;
    routes.push_back(
        router.add(post, [this](net::HttpRequest request, const net::Responder& responder) {
            try {
                upload(std::move(request), responder);
            } catch (const Error& error) {
                responder.send(errorResponse(error));
            }
        }));
}

net::HttpResponse ServerFileRoutes::download(const net::HttpRequest& request) {
    sdk::Request asked;
    asked.caller = callers_.resolve(request, HttpCallers::Change::No);
    requireFileRight(asked.caller);
    const auto parts = linkParts(request.query.get("link"));
    if (!parts || parts->last.empty())
        throw Error(ErrorCode::NotFound, "no such file");
    auto names = parts->names;
    names.pop_back();
    const auto opened = store_.open(filePlace(context_, asked, std::move(names)), parts->last);
    net::HttpResponse response;
    response.headers.set("Content-Type", "application/octet-stream");
    response.headers.set("Content-Disposition", disposition(parts->last));
    response.headers.set("Cache-Control", "private, no-store");
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.body = net::FileBody{opened.fd, 0, opened.size};
    return response;
}

void ServerFileRoutes::upload(net::HttpRequest request, const net::Responder& responder) {
    auto caller = callers_.resolve(request, HttpCallers::Change::Yes);
    requireFileRight(caller);
    const auto boundary = boundaryOf(request.header("Content-Type"));
    if (!boundary)
        throw Error(ErrorCode::InvalidArgument, "expected multipart/form-data");
    if (++*running_ > kMaxAtOnce) {
        --*running_;
        throw Error(ErrorCode::Unavailable, "too many uploads at once");
    }
    std::make_shared<Upload>(context_, store_, std::move(caller), std::move(request), responder,
                             *boundary, running_)
        ->next();
}

} // namespace trellis::api
