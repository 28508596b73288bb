//! Hello on actix-web: `actix PORT`. One worker, no log.
use actix_web::{web, App, HttpResponse, HttpServer};

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("Hello, World!")
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("actix PORT");
    HttpServer::new(|| App::new().route("/hello", web::get().to(hello)))
        .workers(1)
        .backlog(4096)
        .bind(("127.0.0.1", port))?
        .run()
        .await
}
