//! Hello on may_minihttp: `minihttp PORT`. One worker of may's scheduler.
use may_minihttp::{HttpServer, HttpService, Request, Response};
use std::io;

#[derive(Clone)]
struct Hello;

impl HttpService for Hello {
    fn call(&mut self, request: Request, response: &mut Response) -> io::Result<()> {
        if request.method() != "GET" || request.path() != "/hello" {
            response.status_code(404, "Not Found");
            return Ok(());
        }
        response.header("Content-Type: text/plain; charset=utf-8");
        response.body("Hello, World!");
        Ok(())
    }
}

fn main() {
    let port = std::env::args().nth(1).expect("minihttp PORT");
    may::config().set_workers(1);
    let server = HttpServer(Hello).start(format!("127.0.0.1:{port}")).expect("bind");
    server.join().expect("serve");
}
