// Loaded before the suite's own server, which would otherwise listen on every address of the machine.
const net = require('net')
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port) {
  return listen.call(this, { port: Number(port), host: '127.0.0.1', backlog: 1024 })
}
