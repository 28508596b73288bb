# tests/fuzz/<target>_fuzz.cc → build/fuzz/fuzz/<target>_fuzz, one libFuzzer program each.
file(GLOB fuzzers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
foreach(source IN LISTS fuzzers)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE
        trivet_flags trivet::base trivet::proto_url trivet::proto_http1 trivet::proto_sse
        trivet::proto_proxy trivet::proto_forwarded trivet::proto_range trivet::proto_conditional
        trivet::proto_negotiation
        trivet::codec trivet::route trivet::schema trivet::http trivet::realtime trivet::openapi
        trivet_io_testing)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
endforeach()
