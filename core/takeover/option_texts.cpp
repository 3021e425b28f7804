#include "core/takeover/option_texts.hpp"

#include <algorithm>
#include <span>

namespace trellis::takeover {

namespace {

struct Text {
    std::string_view keys; ///< "|a|b|"
    std::string_view sentence;
};

constexpr std::string_view kUnknown = "not known here; nothing is set for it";
constexpr std::string_view kPlugin =
    "a plugin's business here; see its options in docs/reference if it is installed";
constexpr std::string_view kLook = "look and texts of MeshCentral's page; this page has its own";
constexpr std::string_view kNotNeeded = "not needed here: it is always so, or has no counterpart";
constexpr std::string_view kBackup =
    "backups are made with the database's own tools; see docs/admin";
constexpr std::string_view kAddress =
    "no filter by address here: use the firewall or the proxy in front";
constexpr std::string_view kAccounts =
    "accounts are made by administrators only, so nothing is set for it";
constexpr std::string_view kSignOn = "no external sign-in here yet; its accounts are left";
constexpr std::string_view kDatabase =
    "says where MeshCentral keeps its records; ours are in database.url";

constexpr Text kSettings[] = {
    {"|wanonly|lanonly|exactports|notls|fastcert|rootcertcommonname|nice404|compression|"
     "wscompression|"
     "agentwscompression|webpagelengthrandomization|cookieipcheck|cookieencoding|sessionkey|"
     "sessionsamesite|agentsinram|browserping|browserpong|agentpong|noagentupdate|"
     "agentupdatesystem|"
     "agentupdateblocksize|temporaryagentupdate|selfupdate|cleannpmcacheonupdate|npmpath|npmproxy|"
     "npmtag|watchdog|minify|minifycore|heapdump|dev|user|nousers|ignoreagenthashcheck|"
     "stricttransportsecurity|usenodedefaulttlsciphers|tlsciphers|swarmport|swarmallowedip|"
     "allowframing|extrascriptsrc|loginkey|",
     kNotNeeded},
    {"|autobackup|", kBackup},
    {"|userallowedip|userblockedip|agentallowedip|agentblockedip|ipblockeduserredirect|"
     "authlog|crowdsec|",
     kAddress},
    {"|mongodb|mongodbname|mongodbcol|mongodbchangestream|mongodbbulkoperations|mariadb|mysql|"
     "postgres|"
     "sqlite3|acebase|dbencryptkey|dbrecordsencryptkey|dbrecordsdecryptkey|vault|",
     kDatabase},
    {"|mpsport|mpsportbind|mpsaliasport|mpsaliashost|mpstlsoffload|mpshighsecurity|mpspass|"
     "ciralocalfqdn|amtscanner|amtmanager|amtprovisioningserver|meshscanner|localdiscovery|webrtc|"
     "webrtcconfig|desktopmultiplex|webpush|publicpushnotifications|mqtt|plugins|taskmanager|"
     "allowhighqualitydesktop|relayport|relayportbind|relayaliasport|relaydns|peers|",
     kPlugin},
    {"|agentport|agentportbind|agentaliasport|agentaliasdns|agentporttls|",
     "agents and browsers share server.port here: forward that port to it"},
    {"|redirportbind|rediraliasport|", "only the redirecting port itself can be set"},
    {"|certificateprivatekeypassword|", "keys are stored without a password here, mode 0600"},
    {"|no2factorauth|", "second factors can't be switched off; clear them per account"},
    {"|maxinvalid2fa|", "wrong codes count like wrong passwords (login.max_failures)"},
    {"|managealldevicegroups|managecrossdomain|",
     "give these administrators rights on the groups, or make a user group for them"},
    {"|orphanagentuser|", "an agent of an unknown group is refused here"},
    {"|lockagentdownload|agentsignlock|agenttimestampserver|agenttimestampproxy|externalsignjob|"
     "agentlogdump|agentcoredump|agentcoredumpusers|",
     "MeshCentral's agent binaries are offered as they are (agents.path)"},
    {"|maintenancemode|runonserverstarted|runonserverupdated|runonservererror|",
     "use systemd for it"},
    {"|log|debug|syslog|syslogauth|syslogjson|syslogtcp|mesherrorlogpath|", "see the section log"},
    {"|redirects|", "use the proxy in front"},
};

constexpr Text kDomain[] = {
    {"|title2|title1|titlehtml|titlepicture|loginpicture|pwalogo|welcometext|welcomepicture|"
     "welcomepicturefullscreen|footer|loginfooter|sitestyle|showmodernuitoggle|nightmode|"
     "scrolltotop|"
     "hide|mobilesite|minify|customui|customfiles|meshmessengertitle|meshmessengerpicture|"
     "defaultuserwebstate|forceduserwebstate|webpublicpath|webviewspath|webemailspath|share|"
     "showlanguageselect|autocomplete|devicesearchbarserverandclientname|devicesearchbargroupname|"
     "hidepowertimeline|shownotespanel|usersessionssort|urlswitching|maxdeviceview|"
     "altmessenging|devicemeshrouterlinks|myserver|geolocation|iplocation|",
     kLook},
    {"|rootredirect|unknownuserrootredirect|redirects|httpheaders|userrequiredhttpheader|",
     "use the proxy in front"},
    {"|newaccounts|newaccountspass|newaccountemaildomains|newaccountsrights|newaccountsusergroups|"
     "newaccountrealms|newaccountscaptcha|usernameisemail|",
     kAccounts},
    {"|auth|ldapoptions|ldapusername|ldapuserkey|ldapuserbinarykey|ldapuseremail|ldapuserrealname|"
     "ldapuserphonenumber|ldapuserimage|ldapusergroups|ldapsiteadmingroups|"
     "ldapuserrequiredgroupmembership|ldapsyncwithusergroups|ldapsaveusertofile|authstrategies|"
     "showpasswordlogin|",
     kSignOn},
    {"|userallowedip|userblockedip|agentallowedip|agentblockedip|ipblockeduserredirect|", kAddress},
    {"|twofactorcookiedurationdays|",
     "a device is not remembered: the code is asked at every sign-in"},
    {"|loginkey|agentkey|", "URLs need no key here"},
    {"|allowedorigin|", "the Origin is always checked"},
    {"|logoutonidlesessiontimeout|", "an idle session always ends"},
    {"|userquota|meshquota|", "quotas of accounts are taken; there is no default one"},
    {"|userconsentflags|consentmessages|notificationmessages|desktopprivacybartext|",
     "set consent on the device groups"},
    {"|desktop|desktopmultiplex|clipboardget|clipboardset|localsessionrecording|sessionrecording|"
     "terminal|files|novnc|mstsc|ssh|ipkvm|allowsavingdevicecredentials|guestdevicesharing|"
     "agentselfguestsharing|preconfiguredscripts|preconfiguredremoteinput|smbios|duo2factor|"
     "yubikey|"
     "amtacmactivation|amtmanager|amtscanoptions|smtp|",
     kPlugin},
    {"|autoremoveinactivedevices|", "set it on the device groups (expireDevs)"},
    {"|agentinvitecodes|agentcustomization|agentfileinfo|assistantcustomization|"
     "androidcustomization|"
     "assistantconfig|agentconfig|agenttag|agentnoproxy|assistantnoproxy|assistanttypeagentinvite|"
     "lockagentdownload|orphanagentuser|",
     "installed agents keep their settings; new ones get this server's"},
    {"|certurl|certhash|certkeyhash|trustedcert|ignoreagenthashcheck|",
     "not needed: agents accept the server by its agent certificate, which is taken"},
};

constexpr Text kSections[] = {
    {"|letsencrypt|smtp|sendgrid|sendmail|sms|messaging|firebase|firebaserelay|", kPlugin},
    {"|peers|", "one server only; import the folder of one of them"},
    {"|domaindefaults|", "only the default domain's own options are read"},
};

std::string_view find(std::span<const Text> texts, std::string_view key) noexcept {
    const auto holds = [key](const Text& text) {
        for (std::size_t at = 0; (at = text.keys.find(key, at)) != std::string_view::npos; ++at)
            if (text.keys[at - 1] == '|' && text.keys[at + key.size()] == '|')
                return true;
        return false;
    };
    if (key.empty() || key.find('|') != std::string_view::npos)
        return kUnknown;
    const auto found = std::find_if(texts.begin(), texts.end(), holds);
    return found == texts.end() ? kUnknown : found->sentence;
}

} // namespace

std::string_view settingText(std::string_view key) noexcept {
    return find(kSettings, key);
}
std::string_view domainText(std::string_view key) noexcept {
    return find(kDomain, key);
}
std::string_view sectionText(std::string_view key) noexcept {
    return find(kSections, key);
}

} // namespace trellis::takeover
