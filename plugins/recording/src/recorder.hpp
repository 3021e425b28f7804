/// The sessions that are recorded now, what becomes of them, and how long files stay.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>

#include "policy.hpp"
#include "session.hpp"
#include "store.hpp"

namespace recording {

class Recorder final : public SessionOwner {
public:
    /// Makes the folders. Throws Error{Unavailable}.
    Recorder(trellis::sdk::Host& host, std::shared_ptr<trellis::sdk::DeviceDirectory> directory, Policy policy);

    bool wants(const trellis::sdk::TunnelInfo& info);
    /// Throws Error{Unavailable} when there is no room and such sessions have to be recorded.
    std::unique_ptr<trellis::sdk::TunnelHandler> open(const trellis::sdk::TunnelInfo& info);
    std::vector<Entry> live(const std::string& domain) const;
    Store& store() noexcept { return store_; }
    std::string pathOf(const Entry& entry) const { return files_ + "/" + entry.name; }
    /// Of what helpFor() keeps.
    std::string indexPathOf(const Entry& entry) const { return indexes_ + "/" + entry.name; }
    /// Makes it in the background, unless it is there. Any thread.
    void makeHelp(const Entry& entry);
    std::shared_ptr<const Policy> policy() const {
        return policy_.with([](const auto& current) { return current; });
    }
    /// For sessions that begin from now on. The loader's thread.
    void use(Policy policy);

    // ---- the plugin's strand; they block ---------------------------------------------------------
    /// Looks at the disk, and at sessions whose work found no worker.
    void tick();
    /// Takes in what a server that died left, and what could not be stored.
    void adopt();
    /// Removes what is too old or too much.
    void tidy();
    /// Removes the file; the entry stays and says so.
    void remove(const Entry& entry, const std::string& note);
    void stop();

    // ---- SessionOwner ---------------------------------------------------------------------------
    bool work(std::function<void()> task) override;
    void begun() override { hasFailed_ = false; }
    void finished(SessionFile& file) override;
    void failed(const Entry& entry, SessionFile* file, const std::string& why) override;

private:
    Entry entryOf(const trellis::sdk::TunnelInfo& info) const;
    bool keep(Entry& entry, const SessionFile::Lines& lines);
    void keepPart(SessionFile& file, const std::string& why);
    void tellEnd(const Entry& entry);
    /// Open lists of those who may see it are read anew.
    void tellPages(const std::string& domain);
    void tellFailure(const Entry& entry, const std::string& why);
    void forget(const std::string& id);
    /// Why no session can be recorded now, or "". Looks at the disk.
    std::string whyNoRoom();
    /// What that was a moment ago. Memory only.
    std::string noRoom() const {
        return noRoom_.with([](const auto& why) { return why; });
    }
    bool isLive(const std::string& name) const;
    bool adoptOne(const std::string& path, const std::string& name);
    void again();
    std::string removeFile(const Entry& entry);

    trellis::sdk::Host& host_;
    std::shared_ptr<trellis::sdk::DeviceDirectory> directory_;
    std::shared_ptr<trellis::sdk::PageEvents> pages_;
    trellis::sdk::Guarded<std::shared_ptr<const Policy>> policy_;
    Store store_;
    std::string live_, files_, indexes_;
    int ticksToAdopt_ = 0, ticksBetween_ = 0;  // the strand's
    std::set<std::string> stuck_;              // the strand's: names of files that can't be removed
    trellis::sdk::Guarded<std::string> noRoom_;
    std::atomic<bool> hasFailed_{false};  ///< a session's recording, and no file could be made since
    std::atomic<bool> hasLeftovers_{true}, isStopping_{false};
    trellis::sdk::Guarded<std::map<std::string, std::shared_ptr<Session>>> sessions_;
    trellis::sdk::Counter& recorded_;
    trellis::sdk::Counter& failed_;
    trellis::sdk::Gauge& running_;
};

}  // namespace recording
