using System;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace LegacyHealthChecker;

/// <summary>A small HTTP server on loopback with healthy, slow, failing and missing pages, so that the checker has something to check.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private volatile bool _stopped;

    public int Requests { get; private set; }

    public Uri Start()
    {
        _listener.Start();
        // Fire and forget: if accepting fails, nobody will ever know.
        Task.Run(AcceptAsync);
        return new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
    }

    public void Dispose()
    {
        _stopped = true;
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        while (!_stopped)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync();
                Requests++;
                _ = ServeAsync(client);
            }
            catch (SocketException) when (_stopped)
            {
            }
            catch (ObjectDisposedException) when (_stopped)
            {
            }
        }
    }

    private static async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var buffer = new byte[4096];
            var length = await stream.ReadAsync(buffer);
            var request = Encoding.ASCII.GetString(buffer, 0, length);
            var path = request.Split(' ') is [_, var requested, ..] ? requested : "/";
            if (path == "/slow")
                Thread.Sleep(300);
            var status = path switch
            {
                "/broken" => "500 Internal Server Error",
                "/missing" => "404 Not Found",
                _ => "200 OK",
            };
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    }
}
