#include "http/form.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TRIVET_HAS_TSAN 1
#endif
#endif

namespace trivet::http {
namespace {

constexpr std::string_view kPairs = "application/x-www-form-urlencoded";
constexpr std::string_view kParts = "multipart/form-data; boundary=b";

// A part as plain text.
struct Seen {
    std::string name;
    std::string value;
    std::string filename = "-";  // of no file
    std::string content_type{};

    bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& part) {
    return out << part.name << '=' << part.value.substr(0, 50) << '|' << part.filename << '|'
               << part.content_type;
}

std::vector<Seen> parts_of(const Form& form) {
    std::vector<Seen> all;
    for (std::size_t index = 0; index < form.part_count(); ++index) {
        const FormPart part = form.part(index).value();
        std::string value(part.bytes + 1, '?');
        value.resize(form.read(index, 0, value).value());
        EXPECT_EQ(value.size(), part.bytes);
        if (!part.is_spooled) {
            EXPECT_EQ(part.value, value);
        }
        all.push_back({std::string(part.name), value,
                       part.is_file ? std::string(part.filename) : "-",
                       std::string(part.content_type)});
    }
    EXPECT_FALSE(form.part(form.part_count()).has_value());
    return all;
}

std::string file(std::string_view name, std::string_view filename, std::string_view content) {
    std::string text = "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
                       "\"; filename=\"" + std::string(filename) +
                       "\"\r\nContent-Type: text/plain\r\n\r\n";
    return text.append(content) + "\r\n";
}

std::string field(std::string_view name, std::string_view value) {
    std::string text =
        "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n";
    return text.append(value) + "\r\n";
}

const std::string kEnd = "--b--\r\n";

class FormTest : public testing::Test {
protected:
    FormTest() {
        std::string name = (std::filesystem::temp_directory_path() / "form-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        config.directory = std::string_view(folder_);
    }
    ~FormTest() override {
        EXPECT_TRUE(std::filesystem::is_empty(folder_));
        std::filesystem::remove_all(folder_);
    }

    struct Outcome {
        std::vector<Seen> parts;
        FormFault fault;
    };
    // Reads it whole, or in pieces when `piece` is above 0.
    Outcome read(std::string_view type, const std::string& body, std::size_t piece = 0) {
        Memory memory;
        Outcome outcome;
        {
            BlockPool pool(memory);
            Form form(pool, config);
            form.open(type);
            if (piece == 0) {
                form.take_whole(body);
            } else {
                for (std::size_t at = 0; at < body.size(); at += piece) {
                    const std::string copy = body.substr(at, piece);
                    form.feed(copy);
                }
                form.finish();
            }
            EXPECT_FALSE(form.is_reading());
            outcome = {parts_of(form), form.fault()};
        }
        EXPECT_EQ(memory.bytes_in_use(), 0u);
        return outcome;
    }
    // What it is refused with, whole and in pieces.
    std::string refusal(std::string_view type, const std::string& body) {
        const Outcome whole = read(type, body);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{1 << 20}}) {
            const Outcome pieces = read(type, body, piece);
            EXPECT_EQ(pieces.fault.detail, whole.fault.detail);
            EXPECT_EQ(pieces.fault.answer, whole.fault.answer);
            EXPECT_EQ(pieces.fault.status, whole.fault.status);
            EXPECT_EQ(pieces.parts, whole.parts);
        }
        EXPECT_TRUE(whole.parts.empty() || whole.fault.status == Status::ok);
        return whole.fault.status == Status::ok ? "taken"
                                                : std::to_string(whole.fault.answer) + ' ' +
                                                      std::string(name(whole.fault.status));
    }
    void expect_parts(std::string_view type, const std::string& body,
                      const std::vector<Seen>& parts) {
        for (std::size_t piece = 0; piece <= body.size() && piece < 300; ++piece) {
            const Outcome outcome = read(type, body, piece);
            EXPECT_EQ(outcome.fault.detail, "");
            EXPECT_EQ(outcome.parts, parts) << piece;
        }
    }

    std::string folder_;
    FormConfig config;
};

TEST_F(FormTest, reads_pairs) {
    expect_parts(kPairs, "", {});
    expect_parts(
        kPairs, "a=1&b=%C3%BC+x&&empty=&alone&a=2&%zz=%41=",
        {{"a", "1"}, {"b", "ü x"}, {"empty", ""}, {"alone", ""}, {"a", "2"}, {"%zz", "A="}});
    expect_parts("Application/X-WWW-form-urlencoded ; charset=utf-8", "a=1", {{"a", "1"}});
}

TEST_F(FormTest, reads_parts) {
    expect_parts(kParts, kEnd, {});
    expect_parts(kParts,
                 "before\r\n" + field("a", "1") + file("f", "n.txt", "content") +
                     field("x", "--c\r\n\r--b\r\r\n-\r\n--") + file("f", "", "") + field("", "") +
                     "--b--",
                 {{"a", "1"},
                  {"f", "content", "n.txt", "text/plain"},
                  {"x", "--c\r\n\r--b\r\r\n-\r\n--"},
                  {"f", "", "", "text/plain"},
                  {"", ""}});
    expect_parts(kParts,
                 "--b\r\ncontent-disposition: form-data; name=a\r\ncontent-type: text/x\r\n\r\n1"
                 "\r\n--b--",
                 {{"a", "1", "-", "text/x"}});
    // Parts without content, whose empty line is their boundary's.
    const std::string head = "--b\r\nContent-Disposition: form-data; name=e\r\n\r\n";
    const std::string filename = "; filename=n";
    std::string file_head = head;
    file_head.insert(file_head.find("\r\n\r\n"), filename);
    expect_parts(kParts, head + field("a", "--") + file_head + field("a", "1") + head + kEnd,
                 {{"e", ""}, {"a", "--"}, {"e", "", "n"}, {"a", "1"}, {"e", ""}});
}

TEST_F(FormTest, many_parts_are_found_by_place_and_by_name) {
    std::string body;
    for (int number = 0; number < 1000; ++number) {
        body += "n" + std::to_string(number % 500) + "=" + std::to_string(number) + "&";
    }
    Memory memory;
    BlockPool pool(memory);
    Form form(pool, config);
    form.open(kPairs);
    form.take_whole(body);
    ASSERT_EQ(form.part_count(), 1000u);
    for (std::size_t index = 0; index < 1000; ++index) {
        EXPECT_EQ(form.part(index)->value, std::to_string(index));
    }
    EXPECT_EQ(form.find("n63", 0), 63u);
    EXPECT_EQ(form.find("n63", 63), 63u);
    EXPECT_EQ(form.find("n63", 64), 563u);
    EXPECT_FALSE(form.find("n63", 564).has_value());
    EXPECT_FALSE(form.find("n", 0).has_value());
    EXPECT_FALSE(form.find("n1", 1'000'000).has_value());
}

TEST_F(FormTest, is_told_by_its_type) {
    EXPECT_EQ(refusal("", "a=1"), "415 TRIVET_E_MEDIA_TYPE");
    EXPECT_EQ(refusal("text/plain", "a=1"), "415 TRIVET_E_MEDIA_TYPE");
    EXPECT_EQ(refusal("multipart/mixed; boundary=b", kEnd), "415 TRIVET_E_MEDIA_TYPE");
    EXPECT_EQ(refusal("multipart/form-data", kEnd), "400 TRIVET_E_PROTOCOL");
    EXPECT_EQ(refusal("multipart/form-data; boundary=b; boundary=b", kEnd),
              "400 TRIVET_E_PROTOCOL");
    EXPECT_EQ(refusal(kParts, ""), "400 TRIVET_E_PROTOCOL");
    EXPECT_EQ(refusal(kParts, field("a", "1")), "400 TRIVET_E_PROTOCOL");
    EXPECT_EQ(refusal(kParts, "--b\r\n\r\n1\r\n--b--"), "400 TRIVET_E_PROTOCOL");
}

TEST_F(FormTest, keeps_to_its_limits) {
    config.fields_max = 2;
    config.files_max = 1;
    config.name_bytes_max = 5;
    config.filename_bytes_max = 6;
    config.value_bytes_max = 7;
    config.fields_bytes_max = 15;
    config.file_bytes_max = 8;
    const std::string above = "413 TRIVET_E_LIMIT";
    EXPECT_EQ(refusal(kPairs, "a=1&b=2"), "taken");
    EXPECT_EQ(refusal(kPairs, "a=1&b=2&c=3"), above);
    EXPECT_EQ(refusal(kPairs, "12345=1"), "taken");
    EXPECT_EQ(refusal(kPairs, "123456=1"), above);
    EXPECT_EQ(refusal(kPairs, "a=1234567"), "taken");
    EXPECT_EQ(refusal(kPairs, "a=12345678"), above);
    EXPECT_EQ(refusal(kPairs, "a=1234567&b=123"), "taken");
    EXPECT_EQ(refusal(kPairs, "a=1234567&b=1234"), above);
    EXPECT_EQ(refusal(kParts, field("a", "1") + field("b", "2") + file("f", "n", "3") + kEnd),
              "taken");
    EXPECT_EQ(refusal(kParts, field("a", "1") + field("b", "2") + field("c", "3") + kEnd), above);
    EXPECT_EQ(refusal(kParts, file("f", "n", "1") + file("f", "n", "2") + kEnd), above);
    EXPECT_EQ(refusal(kParts, field("a", "1") + field("b", "2") + file("f", "n", "3") +
                                  file("f", "n", "4") + kEnd),
              above);
    EXPECT_EQ(refusal(kParts, field("12345", "1") + kEnd), "taken");
    EXPECT_EQ(refusal(kParts, field("123456", "1") + kEnd), above);
    EXPECT_EQ(refusal(kParts, file("f", "123456", "1") + kEnd), "taken");
    EXPECT_EQ(refusal(kParts, file("f", "1234567", "1") + kEnd), above);
    EXPECT_EQ(refusal(kParts, field("a", "1234567") + field("a", "1234567") + kEnd), "taken");
    EXPECT_EQ(refusal(kParts, field("a", "12345678") + kEnd), above);
    EXPECT_EQ(refusal(kParts, file("a", "n", "12345678") + kEnd), "taken");
    EXPECT_EQ(refusal(kParts, file("a", "n", "123456789") + kEnd), above);
    config.fields_bytes_max = 13;
    EXPECT_EQ(refusal(kParts, field("a", "1234567") + field("a", "1234567") + kEnd), above);
}

TEST_F(FormTest, large_files_that_come_in_pieces_lie_on_disk) {
    config.memory_bytes_max = 10;
    const std::string body = file("f", "n", "1234567890") + file("g", "n", "1234567890a") + kEnd;
    Memory memory;
    BlockPool pool(memory);
    Form form(pool, config);
    form.open(kParts);
    form.feed(body);
    form.finish();
    ASSERT_EQ(form.part_count(), 2u);
    EXPECT_FALSE(form.part(0)->is_spooled);
    EXPECT_EQ(form.part(0)->value, "1234567890");
    EXPECT_TRUE(form.part(1)->is_spooled);
    EXPECT_EQ(form.part(1)->value, "");
    EXPECT_EQ(form.part(1)->bytes, 11u);
    // Of a body that is there as a whole nothing needs to be stored again.
    Form whole(pool, config);
    whole.open(kParts);
    whole.take_whole(body);
    EXPECT_FALSE(whole.part(1)->is_spooled);
    EXPECT_GE(whole.part(1)->value.data(), body.data());
    EXPECT_LT(whole.part(1)->value.data(), body.data() + body.size());
}

TEST_F(FormTest, what_is_refused_keeps_nothing) {
    config.memory_bytes_max = 10;
    const auto descriptors = [] {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    };
    const auto before = descriptors();
    Memory memory;
    BlockPool pool(memory);
    Form form(pool, config);
    form.open(kParts);
    form.feed(file("f", "n", std::string(11, 'x')) + file("g", "n", std::string(100'000, 'x')));
    EXPECT_EQ(descriptors(), before + 2);
    form.feed("--bx");
    EXPECT_EQ(form.fault().status, Status::protocol);
    EXPECT_EQ(descriptors(), before);

    config.memory_bytes_max = 200'000;
    Form in_memory(pool, config);
    in_memory.open(kParts);
    in_memory.feed(file("g", "n", std::string(100'000, 'x')));
    EXPECT_GE(memory.bytes_in_use(), 100'000u);
    in_memory.fail(ContentFailure::gone);
    EXPECT_LT(memory.bytes_in_use(), 100'000u);

    Form pairs(pool, config);
    pairs.open(kPairs);
    pairs.feed(std::string(100'000, 'x'));
    EXPECT_GE(memory.bytes_in_use(), 100'000u);
    pairs.fail(ContentFailure::timeout);
    EXPECT_LT(memory.bytes_in_use(), 100'000u);
}

#ifndef TRIVET_HAS_TSAN  // which would take twice as much memory to remember who has read it
// Of zeros that the system never backs with memory of their own.
TEST_F(FormTest, files_of_gathered_content_may_be_larger_than_four_gigabytes) {
    constexpr std::size_t kBytes = (std::size_t{4} << 30) + 5;
    config.file_bytes_max = 2 * kBytes;
    const std::string begin = "--b\r\nContent-Disposition: form-data; name=f; filename=n\r\n\r\n";
    const std::string end = "\r\n--b--";
    const std::size_t size = begin.size() + kBytes + end.size();
    void* const room = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(room, MAP_FAILED);
    ::madvise(room, size, MADV_HUGEPAGE);  // fewer faults; a wish only
    auto* const text = static_cast<char*>(room);
    begin.copy(text, begin.size());
    end.copy(text + begin.size() + kBytes, end.size());
    {
        Memory memory;
        BlockPool pool(memory);
        Form form(pool, config);
        form.open(kParts);
        form.take_whole({text, size});
        ASSERT_EQ(form.part_count(), 1u);
        EXPECT_EQ(form.part(0)->bytes, kBytes);
        EXPECT_EQ(form.part(0)->value.size(), kBytes);
    }
    ::munmap(room, size);
}
#endif

TEST_F(FormTest, a_full_disk_is_a_fault) {
    config.memory_bytes_max = 10;
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1000, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Outcome above = read(kParts, file("f", "n", std::string(1001, 'x')) + kEnd, 100);
    const Outcome within = read(kParts, file("f", "n", std::string(1000, 'x')) + kEnd, 100);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    EXPECT_EQ(above.fault.status, Status::system);
    EXPECT_EQ(above.fault.answer, 500);
    EXPECT_TRUE(above.parts.empty());
    EXPECT_EQ(within.fault.status, Status::ok);
    config.directory = std::string_view("/dev/null");
    EXPECT_EQ(read(kParts, file("f", "n", std::string(11, 'x')) + kEnd, 100).fault.status,
              Status::system);
    EXPECT_EQ(read(kParts, file("f", "n", std::string(10, 'x')) + kEnd, 100).fault.status,
              Status::ok);
}

TEST_F(FormTest, the_directory_is_that_of_the_environment_unless_told) {
    config.memory_bytes_max = 0;
    config.directory = {};
    const char* const given = ::getenv("TMPDIR");
    const std::string kept = given != nullptr ? given : "";
    ::setenv("TMPDIR", "/dev/null", 1);
    const Outcome refused = read(kParts, file("f", "n", "1") + kEnd, 10);
    ::setenv("TMPDIR", folder_.c_str(), 1);
    const Outcome taken = read(kParts, file("f", "n", "1") + kEnd, 10);
    ::unsetenv("TMPDIR");
    const Outcome usual = read(kParts, file("f", "n", "1") + kEnd, 10);
    if (given != nullptr) {
        ::setenv("TMPDIR", kept.c_str(), 1);
    }
    EXPECT_EQ(refused.fault.status, Status::system);
    EXPECT_EQ(taken.fault.status, Status::ok);
    EXPECT_EQ(usual.fault.status, Status::ok);
}

TEST_F(FormTest, content_that_fails_is_a_fault) {
    const auto fault = [this](ContentFailure failure) {
        Memory memory;
        BlockPool pool(memory);
        Form form(pool, config);
        form.open(kParts);
        form.feed(field("a", "1"));
        form.fail(failure);
        form.feed("--b--");
        form.finish();
        form.fail(ContentFailure::memory);
        EXPECT_EQ(form.part_count(), 0u);
        EXPECT_FALSE(form.find("a", 0).has_value());
        return std::to_string(form.fault().answer) + ' ' + std::string(name(form.fault().status));
    };
    EXPECT_EQ(fault(ContentFailure::gone), "500 TRIVET_E_GONE");
    EXPECT_EQ(fault(ContentFailure::limit), "413 TRIVET_E_LIMIT");
    EXPECT_EQ(fault(ContentFailure::timeout), "408 TRIVET_E_TIMEOUT");
    EXPECT_EQ(fault(ContentFailure::malformed), "400 TRIVET_E_PROTOCOL");
    EXPECT_EQ(fault(ContentFailure::memory), "503 TRIVET_E_MEMORY");
}

TEST_F(FormTest, reports_failing_memory_at_every_allocation) {
    config.memory_bytes_max = 2000;
    std::string parts;
    std::string pairs;
    for (int number = 0; number < 100; ++number) {
        parts += field("name" + std::to_string(number), std::string(200, 'x'));
        pairs += "%6eame" + std::to_string(number) + "=" + std::string(200, 'x') + "%41&";
    }
    parts += file("f", "n", std::string(1500, 'x')) + file("g", "n", std::string(3000, 'x')) + kEnd;
    for (const auto& [type, body, count] :
         {std::tuple{kParts, parts, 102u}, std::tuple{kPairs, pairs, 100u}}) {
        for (const std::size_t piece : {std::size_t{0}, std::size_t{333}}) {
            int failing = 0;
            for (bool is_whole = false; !is_whole; ++failing) {
                Memory memory;
                int countdown = failing;
                memory.set_failure_hook(
                    [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
                    &countdown);
                {
                    BlockPool pool(memory);
                    Form form(pool, config);
                    form.open(type);
                    if (piece == 0) form.take_whole(body);
                    for (std::size_t at = 0; piece > 0 && at < body.size(); at += piece) {
                        form.feed(body.substr(at, piece));
                    }
                    if (piece > 0) form.finish();
                    is_whole = form.fault().status == Status::ok;
                    EXPECT_EQ(form.part_count(), is_whole ? count : 0);
                    if (!is_whole) {
                        EXPECT_EQ(form.fault().status, Status::memory);
                        EXPECT_EQ(form.fault().answer, 503);
                    }
                }
                EXPECT_EQ(memory.bytes_in_use(), 0u);
            }
            EXPECT_GT(failing, 3);
        }
    }
}

TEST_F(FormTest, knows_valid_configurations) {
    EXPECT_TRUE(is_valid({}));
    const auto with = [](auto change) {
        FormConfig changed;
        change(changed);
        return is_valid(changed);
    };
    EXPECT_FALSE(with([](FormConfig& it) { it.flags = 1; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.fields_max = 10'001; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.files_max = 10'001; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.name_bytes_max = 8193; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.filename_bytes_max = 8193; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.value_bytes_max = (1 << 30) + 1; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.fields_bytes_max = (1 << 30) + 1; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.file_bytes_max = (1ull << 40) + 1; }));
    EXPECT_FALSE(with([](FormConfig& it) { it.memory_bytes_max = (1 << 30) + 1; }));
    EXPECT_TRUE(with([](FormConfig& it) {
        it.fields_max = 0;
        it.files_max = 10'000;
    }));
}

}  // namespace
}  // namespace trivet::http
