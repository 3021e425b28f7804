// Files that the server sends to many devices: fetched from it in ranges, continued after a lost
// connection, and given their name when whole and of the announced hash. Follows details.js in one scope.
var MAX_FETCHES = 8, FETCH_TRIES = 20, FETCH_PAUSE_MS = 5000;
var fetches = {};

function Fetch(message, real) {
    var folder = parentOf(real), self = this;
    this.message = message;
    this.upload = { target: real, old: infoOf(real), isKeyed: true, exists: message.exists, temporary: null };
    this.tries = 0;
    this.timer = null;
    checkExisting(this.upload, this.upload.old);
    this.part = this.upload.temporary = partIn(folder, message.run);
    this.sum = new Sum('SHA384Stream');
    this.file = null;
    this.at = 0;
    delete parts.left[this.part];
    var kept = infoOf(this.part), steps = new Session({ request: {} });
    if (kept === null || kept.size === 0 || kept.size > message.size) {
        if (kept !== null) { fs.unlinkSync(this.part); }
        this.open(isWindows() ? 'wbN' : 'wbx');
        this.next();
        return;
    }
    // What is there from before is hashed again.
    var from = fs.openSync(this.part, 'rb'), buffer = Buffer.alloc(HASH_STEP);
    this.steps = steps;
    steps.inSteps(function () {
        var end = readUpTo(from, buffer, 0);
        self.sum.add(end === buffer.length ? buffer : buffer.slice(0, end));
        self.at += end;
        return end < buffer.length;
    }, function (error) {
        fs.closeSync(from);
        if (error) { self.end(error); return; }
        try { self.open('ab'); self.next(); } catch (ex) { self.end(ex); }
    });
}

// Prints a path only if it is a file of ours that has no other name.
var OWN = 'find "$1" -prune -type f -links 1 -user "$(id -u)"';

/// Others may write to the folder, too: what lies in the part's place and isn't of this agent is removed.
function keepOwn(part, done) {
    if (isWindows()) { done(); return; }
    collect(['sh', '-c', OWN, 'sh', part], function (error, text) {
        if (text === '') { try { fs.unlinkSync(part); } catch (ex) { } }
        done();
    });
}

Fetch.prototype.open = function (mode) { this.file = fs.openSync(this.part, mode); };

Fetch.prototype.next = function () {
    var self = this, to = Math.min(this.at + this.message.range, this.message.size) - 1, isOver = false;
    if (this.at >= this.message.size) { this.finish(); return; }
    var again = function (why) { if (!isOver) { isOver = true; self.retry(why); } };
    var request = this.request = trellis.get(this.message.url, { Range: 'bytes=' + this.at + '-' + to });
    request.on('error', again);
    request.on('response', function (response) {
        if (response.statusCode === 403 || response.statusCode === 404) { isOver = true; self.end('the server no longer sends it', true); return; }
        if (response.statusCode !== 206) { again('the server answered ' + response.statusCode); return; }
        response.on('data', function (bytes) {
            if (isOver) { return; }
            try {
                if (self.at + bytes.length > to + 1) { throw new Error('the server sent more than was asked for'); }
                writeAll(self.file, bytes, 0);
            } catch (ex) { isOver = true; self.end(ex); return; }
            self.sum.add(bytes);
            self.at += bytes.length;
        });
        response.on('end', function () {
            if (isOver) { return; }
            if (self.at <= to) { again('the connection was lost'); return; }
            isOver = true;
            self.tries = 0;
            // A turn of its own, so that the answer is over before the next begins.
            self.timer = setTimeout(function () { self.next(); }, 0);
        });
    });
    request.end();
};

Fetch.prototype.retry = function (why) {
    var self = this;
    if (++this.tries > FETCH_TRIES) { this.end(why); return; }
    this.timer = setTimeout(function () { self.next(); }, FETCH_PAUSE_MS);
};

Fetch.prototype.finish = function () {
    var self = this;
    try {
        var file = this.file;
        this.file = null;
        closeAsOld(this.upload, file);
        if (infoOf(this.part).size !== this.message.size) { throw new Error('no space left on the device'); }
        if (hexOf(this.sum.end()) !== this.message.sha384) { throw new Error('the device received something else than was sent'); }
    } catch (ex) { this.end(ex); return; }
    inherit(this.upload, function () {
        try { placeUpload(self.upload); } catch (ex) { self.end(ex); return; }
        self.end(null);
    });
};

/// `keepsQuiet`: the server has ended it itself.
Fetch.prototype.end = function (error, keepsQuiet) {
    this.isOver = true;
    delete fetches[this.message.run];
    if (this.file !== null) { try { fs.closeSync(this.file); } catch (ex) { } this.file = null; }
    if (error && this.upload.temporary) { try { fs.unlinkSync(this.upload.temporary); } catch (ex) { } }
    if (keepsQuiet) { return; }
    trellis.send({ action: 'files.fetched', run: this.message.run, path: this.upload.target.substring(0, MAX_PATH), error: error ? wordsOf(error) : '' });
};

trellis.onAction('files.fetch', function (message) {
    var count = 0;
    if (!isText(message.run, 64) || !/^[0-9a-f]{24}$/.test(message.run)) { return; }
    if (Object.prototype.hasOwnProperty.call(fetches, message.run)) { fetches[message.run].message.url = message.url; return; }
    for (var id in fetches) { ++count; }
    var fail = function (ex) { trellis.send({ action: 'files.fetched', run: message.run, error: wordsOf(ex) }); };
    var start = function (real) {
        if (Object.prototype.hasOwnProperty.call(fetches, message.run)) { return; }
        try {
            fetches[message.run] = new Fetch(message, real);
            // One that is empty is over already.
            if (fetches[message.run].isOver) { delete fetches[message.run]; }
        } catch (ex) { fail(ex); }
    };
    try {
        if (count >= MAX_FETCHES) { throw new Error('too many files at once'); }
        var folder = pathOf(isWindows() ? message.windowsPath : message.path);
        makeFolders(folder);
        followLink(inside(folder, nameOf(message.name)), message.exists, function (real) {
            try { keepOwn(partIn(parentOf(real), message.run), function () { start(real); }); } catch (ex) { fail(ex); }
        });
    } catch (ex) { fail(ex); }
});
