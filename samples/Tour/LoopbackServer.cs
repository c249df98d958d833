using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Structured.Concurrency;

namespace Tour;

/// <summary>A small HTTP server on loopback. Its listener, its connections and its user all live in one nursery, so none outlives another.</summary>
internal static class LoopbackServer
{
    public static Task RunAsync(Func<Uri, Task> user) => Nursery.RunAsync(async nursery =>
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        nursery.StartSoon(token => AcceptAsync(listener, nursery, token));
        await user(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        nursery.Cancel("The server is not needed any more.");
    });

    private static async Task AcceptAsync(TcpListener listener, Nursery connections, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(cancellationToken);
                connections.StartSoon(token => ServeAsync(client, token));
            }
        }
        finally
        {
            listener.Stop();
        }
    }

    private static async Task ServeAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using (client)
        {
            var stream = client.GetStream();
            var buffer = new byte[4096];
            var length = await stream.ReadAsync(buffer, cancellationToken);
            var path = Encoding.ASCII.GetString(buffer, 0, length).Split(' ') is [_, var requested, ..] ? requested : "/";
            if (path == "/slow")
                await Checkpoint.SleepAsync(TimeSpan.FromSeconds(0.1), cancellationToken);
            if (path == "/stuck")
                await Checkpoint.SleepForeverAsync(cancellationToken);
            var status = path switch
            {
                "/broken" => "500 Internal Server Error",
                "/missing" => "404 Not Found",
                _ => "200 OK",
            };
            var answer = $"HTTP/1.1 {status}\r\nContent-Length: {path.Length}\r\nConnection: close\r\n\r\n{path}";
            try
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
            }
            catch (IOException)
            {
                // The client has left; that is its right, and no failure of the server.
            }
        }
    }
}
