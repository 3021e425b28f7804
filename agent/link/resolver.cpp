#include "agent/link/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstring>

namespace trellis::device {
namespace {
constexpr int kMaxThreads = 8;
constexpr std::size_t kMaxAddresses = 16;
constexpr std::size_t kStack = 256 * 1024;
std::atomic<int> threads{0};

struct Question {
    std::string host;
    std::string port;
    std::shared_ptr<Mailbox> mailbox;
    std::weak_ptr<std::function<void(std::vector<Address>, std::string)>> done;
};

std::pair<std::vector<Address>, std::string> look(const Question& question, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* list = nullptr;
    const int failure =
        ::getaddrinfo(question.host.c_str(), question.port.c_str(), &hints, &list);
    if (failure != 0) return {{}, ::gai_strerror(failure)};
    std::vector<Address> found;
    for (const auto* each = list; each != nullptr && found.size() < kMaxAddresses;
         each = each->ai_next) {
        Address address;
        std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
        address.size = each->ai_addrlen;
        found.push_back(address);
    }
    ::freeaddrinfo(list);
    return {std::move(found), {}};
}

void deliver(const Question& question, std::pair<std::vector<Address>, std::string> answer) {
    question.mailbox->post([done = question.done, answer = std::move(answer)] {
        if (const auto call = done.lock()) (*call)(answer.first, answer.second);
    });
}

void* runQuestion(void* argument) {
    const std::unique_ptr<Question> question(static_cast<Question*>(argument));
    deliver(*question, look(*question, AI_ADDRCONFIG));
    --threads;
    return nullptr;
}

bool startThread(std::unique_ptr<Question> question) {
    if (++threads > kMaxThreads) {
        --threads;
        return false;
    }
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    ::pthread_attr_setstacksize(&attributes, kStack);
    pthread_t thread{};
    const bool isStarted =
        ::pthread_create(&thread, &attributes, runQuestion, question.get()) == 0;
    ::pthread_attr_destroy(&attributes);
    if (isStarted) {
        ::pthread_setname_np(thread, "resolver");
        static_cast<void>(question.release());  // the thread frees it
    } else {
        --threads;
    }
    return isStarted;
}

bool isNumeric(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}
}  // namespace

std::string Address::text() const {
    std::array<char, NI_MAXHOST> host{};
    const auto* where = reinterpret_cast<const sockaddr*>(&storage);
    if (::getnameinfo(where, size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
        return {};
    }
    return host.data();
}

Lookup resolve(Loop& loop, const std::string& host, std::uint16_t port,
               std::function<void(std::vector<Address>, std::string)> done) {
    const auto call =
        std::make_shared<std::function<void(std::vector<Address>, std::string)>>(std::move(done));
    auto question = std::make_unique<Question>(
        Question{host, std::to_string(port), loop.mailbox(), call});
    if (isNumeric(host)) {
        deliver(*question, look(*question, AI_NUMERICHOST));
    } else {
        const Question copy = *question;
        if (!startThread(std::move(question))) deliver(copy, {{}, "too many lookups at once"});
    }
    return call;
}

}  // namespace trellis::device
