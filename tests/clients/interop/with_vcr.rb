# Record with Ruby's VCR: with_vcr.rb URL CASSETTE.yml [exact]
require "vcr"
require "webmock"
require "net/http"
require "json"

url, cassette, exact = ARGV
VCR.configure do |config|
  config.cassette_library_dir = File.dirname(cassette)
  config.hook_into :webmock
end
VCR.use_cassette(File.basename(cassette, ".yml"), preserve_exact_body_bytes: !exact.nil?) do
  uri = URI(url + "/v1/chat/completions")
  key = "sk-proj-" + "abcdefghijklmnop1234567890"
  asked = Net::HTTP::Post.new(uri, "Content-Type" => "application/json", "Authorization" => "Bearer #{key}")
  question = "Why is the sky blue – für uns?"
  asked.body = JSON.generate({model: "small-1", stream: true, messages: [{role: "user", content: question}]})
  Net::HTTP.start(uri.host, uri.port) { |http| http.request(asked) }
  ["/v1/models?limit=2", "/v1/files/1/content"].each { |path| Net::HTTP.get(URI(url + path)) }
end
