using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Structured.Analyzers.Verifiers;

namespace Structured.Analyzers.Tests;

public class SC3004Tests : RuleTest<SC3004BlockingIoInAsyncCode>
{
    [Theory]
    [InlineData("async Task M(string path) { Log([|File.ReadAllText(path)|]); await WorkAsync(); }")]
    [InlineData("async Task M(string path) { [|File.WriteAllLines(path, [|File.ReadAllLines(path)|])|]; await WorkAsync(); }")]
    [InlineData("async Task M(string path, byte[] data) { [|File.WriteAllBytes(path, data)|]; [|File.AppendAllText(path, \"\")|]; await WorkAsync(); }")]
    [InlineData("async Task M(Stream stream, byte[] buffer) { var count = [|stream.Read(buffer, 0, buffer.Length)|]; [|stream.Write(buffer, 0, count)|]; await stream.FlushAsync(); }")]
    [InlineData("async Task M(FileStream file, Stream target) { [|file.CopyTo(target)|]; [|target.Flush()|]; await WorkAsync(); }")]
    [InlineData("async Task M(string path) { using (var file = File.OpenRead(path)) using (var reader = new StreamReader(file)) { Log([|reader.ReadToEnd()|]); await WorkAsync(); } }")]
    [InlineData("async Task M(StreamReader reader) { string line; while ((line = [|reader.ReadLine()|]) != null) await WorkAsync(); }")]
    [InlineData("async Task M(StreamWriter writer) { [|writer.WriteLine(\"a\")|]; [|writer.Flush()|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Diagnostics.Process process) { Log([|process.StandardOutput.ReadToEnd()|]); await WorkAsync(); }")]
    [InlineData("async Task M(string path, MemoryStream memory) { using (var file = new FileStream(path, FileMode.Open)) { [|file.CopyTo(memory)|]; await WorkAsync(); } }")]
    [InlineData("async Task M(System.IO.Compression.GZipStream zip, byte[] buffer) { [|zip.Write(buffer, 0, 1)|]; await WorkAsync(); }")]
    [InlineData("async Task M(string path, byte[] buffer) { Stream file; file = new FileStream(path, FileMode.Open); [|file.Read(buffer, 0, 1)|]; await WorkAsync(); }")]
    [InlineData("async Task M(Stream stream, byte[] buffer) { var other = new MemoryStream(); Log(other); Stream target = new MemoryStream(); target = stream; [|target.Write(buffer, 0, 1)|]; await WorkAsync(); }")]
    [InlineData("async Task M(string path, bool keep) { using (var writer = new StreamWriter(keep ? (Stream)new MemoryStream() : File.Create(path))) { [|writer.WriteLine(1.ToString())|]; await WorkAsync(); } }")]
    [InlineData("Stream Target { get; } async Task M(byte[] buffer) { [|Target.Write(buffer, 0, 1)|]; await WorkAsync(); }")]
    [InlineData("readonly Stream _target = null; async Task M(byte[] buffer) { [|_target.Write(buffer, 0, 1)|]; await WorkAsync(); }")]
    [InlineData("Stream Open() => null; async Task M(byte[] buffer) { [|Open().Write(buffer, 0, 1)|]; await WorkAsync(); }")]
    [InlineData("async Task M(bool both, Stream stream, byte[] buffer) { if (both) await stream.ReadAsync(buffer, 0, 1); [|stream.Read(buffer, 0, 1)|]; }")]
    [InlineData("async Task M(string path) { await WorkAsync(); Save(path, 3); } void Save(string path, int times) { [|File.WriteAllText(path, \"\")|]; if (times > 0) Save(path, times - 1); }")]
    [InlineData("async Task M(string path) { await WorkAsync(); TextReader reader = new StreamReader(path); Log([|reader.ReadLine()|]); }")]
    [InlineData("class Lines : StreamReader { public Lines(string path) : base(path) { } public new string ReadLine() => base.ReadLine(); } async Task M(Lines lines) { await WorkAsync(); Log([|lines.ReadLine()|]); }")]
    public Task FilesAndStreams(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(System.Net.Sockets.Socket socket, byte[] data) { [|socket.Send(data)|]; Log([|socket.Receive(data)|]); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.Socket listener) { using (var socket = [|listener.Accept()|]) await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.TcpClient client, string host) { [|client.Connect(host, 80)|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.TcpListener listener) { var client = [|listener.AcceptTcpClient()|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.NetworkStream stream, byte[] data) { Log([|stream.Read(data, 0, 1)|]); await WorkAsync(); }")]
    [InlineData("async Task M(string host) { Log([|System.Net.Dns.GetHostEntry(host)|].AddressList); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.HttpListener listener) { Log([|listener.GetContext()|]); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Http.HttpClient client, System.Net.Http.HttpRequestMessage request) { Log([|client.Send(request)|]); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.NetworkInformation.Ping ping) { Log([|ping.Send(\"localhost\")|]); await WorkAsync(); }")]
    [InlineData("async Task M(System.IO.Pipes.NamedPipeServerStream pipe) { [|pipe.WaitForConnection()|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.Socket socket, System.Net.Sockets.Socket other, byte[] data) { if (other.Available > 0) [|socket.Receive(data)|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.Socket socket, byte[] data) { [|socket.Receive(data)|]; if (socket.Available > 0) await WorkAsync(); }")]
    [InlineData("System.Net.Sockets.Socket Make() => null; async Task M(byte[] data) { [|Make().Send(data)|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.IO.Pipes.NamedPipeClientStream pipe) { [|pipe.Connect()|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.UdpClient client, byte[] data) { [|client.Send(data, 1)|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Security.SslStream stream) { [|stream.AuthenticateAsClient(\"host\")|]; await WorkAsync(); }")]
    [InlineData("async Task M(string host) { Log([|System.Net.Dns.GetHostAddresses(host)|].Length); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.WebRequest request) { Log([|request.GetResponse()|]); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.WebClient client, string url) { Log([|client.DownloadString(url)|]); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Http.HttpMessageInvoker invoker, System.Net.Http.HttpRequestMessage request) { Log([|invoker.Send(request, CancellationToken.None)|]); await WorkAsync(); }")]
    public Task TheNetwork(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(System.Data.Common.DbConnection connection) { [|connection.Open()|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Data.Common.DbCommand command) { using (var reader = [|command.ExecuteReader()|]) { while ([|reader.Read()|]) await WorkAsync(); } }")]
    [InlineData("async Task M(System.Data.Common.DbCommand command) { [|command.ExecuteNonQuery()|]; Log([|command.ExecuteScalar()|]); await WorkAsync(); }")]
    [InlineData("async Task M(System.Data.Common.DbTransaction transaction) { try { await WorkAsync(); [|transaction.Commit()|]; } catch (Exception) { [|transaction.Rollback()|]; throw; } }")]
    [InlineData("async Task M(System.Data.Common.DbConnection connection) { using (var transaction = [|connection.BeginTransaction()|]) { await WorkAsync(); [|transaction.Commit()|]; } }")]
    [InlineData("async Task M(System.Data.Common.DbTransaction transaction) { [|transaction.Rollback()|]; await WorkAsync(); }")]
    [InlineData("async Task M(System.Data.Common.DbDataReader reader) { while ([|reader.NextResult()|]) await WorkAsync(); }")]
    [InlineData("async Task M(System.Data.Common.DbCommand command) { [|command.Prepare()|]; await WorkAsync(); }")]
    public Task Databases(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("Task M(string path) { Log([|File.ReadAllText(path)|]); return WorkAsync(); }")]
    [InlineData("Task M(string path) => Task.Run(() => [|File.ReadAllText(path)|]);")]
    [InlineData("async Task M() { await WorkAsync(); Save(); } private void Save() { [|File.WriteAllText(\"a\", \"b\")|]; }")]
    [InlineData("void M(Nursery nursery, StreamReader reader) { nursery.StartSoon(async token => { Log([|reader.ReadLine()|]); await Task.Delay(1, token); }); }")]
    [InlineData("async IAsyncEnumerable<string> M(StreamReader reader) { await WorkAsync(); yield return [|reader.ReadLine()|]; }")]
    public Task InOtherAsyncCode(string members) => VerifyNewestAsync(members);

    [Fact]
    public Task TheMessageNamesATwinOfAnotherName()
        => VerifyMessageAsync(
            "async Task M(System.Net.NetworkInformation.Ping ping) { Log({|#0:ping.Send(\"localhost\")|}); await WorkAsync(); }",
            "'Ping.Send' blocks a thread inside async code until the device answers; await 'SendPingAsync'");

    [Fact]
    public Task TheMessageNamesTheTwin()
    {
        var test = TestOf("using System.IO; using System.Threading.Tasks; class C { async Task<string> M() { await Task.Yield(); return {|#0:File.ReadAllText(\"a\")|}; } }");
        test.ExpectedDiagnostics.Add(CSharpAnalyzerVerifier<SC3004BlockingIoInAsyncCode>.Diagnostic("SC3004").WithLocation(0).WithSeverity(DiagnosticSeverity.Info)
            .WithMessage("'File.ReadAllText' blocks a thread inside async code until the device answers; await 'ReadAllTextAsync'"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M(MemoryStream memory, byte[] data) { memory.Write(data, 0, 1); memory.Flush(); await WorkAsync(); }")]
    [InlineData("async Task M(byte[] data) { Stream stream = new MemoryStream(data); Log(stream.Read(data, 0, 1)); await WorkAsync(); }")]
    [InlineData("async Task M(byte[] data) { using (var reader = new StreamReader(new MemoryStream(data))) Log(reader.ReadToEnd()); await WorkAsync(); }")]
    [InlineData("async Task M(MemoryStream target, byte[] data) { using (var zip = new System.IO.Compression.GZipStream(target, System.IO.Compression.CompressionMode.Compress)) zip.Write(data, 0, 1); await WorkAsync(); }")]
    [InlineData("async Task M(MemoryStream target) { var zip = new System.IO.Compression.DeflateStream(target, System.IO.Compression.CompressionMode.Compress); using (var writer = new StreamWriter(zip)) writer.Write(1); await WorkAsync(); }")]
    [InlineData("async Task M(MemoryStream from, Stream to) { from.CopyTo(new MemoryStream()); await from.CopyToAsync(to); }")]
    [InlineData("async Task M(byte[] data) { Stream.Null.Write(data, 0, 1); await WorkAsync(); }")]
    [InlineData("async Task M() { var stream = typeof(C).Assembly.GetManifestResourceStream(\"a\"); using (var reader = new StreamReader(stream)) Log(reader.ReadToEnd()); await WorkAsync(); }")]
    [InlineData("async Task M(StringReader reader, StringWriter writer) { writer.WriteLine(reader.ReadLine()); writer.Flush(); await WorkAsync(); }")]
    [InlineData("async Task M(bool keep, byte[] data) { Stream target = keep ? new MemoryStream() : new MemoryStream(data); target.Write(data, 0, 1); await WorkAsync(); }")]
    [InlineData("async Task M(byte[] data) { Stream.Null.Write(data, 0, 1); StreamWriter.Null.WriteLine(\"a\"); await WorkAsync(); }")]
    [InlineData("async Task M() { using (var reader = new StreamReader(typeof(C).Assembly.GetManifestResourceStream(\"a\"))) Log(reader.ReadToEnd()); await WorkAsync(); }")]
    [InlineData("async Task M(byte[] data) { using (var zip = new System.IO.Compression.GZipStream(new MemoryStream(), System.IO.Compression.CompressionMode.Compress)) using (var writer = new StreamWriter(new BufferedStream(zip))) { writer.WriteLine(\"a\"); await WorkAsync(); } }")]
    [InlineData("async Task M(UnmanagedMemoryStream memory, byte[] data) { memory.Write(data, 0, 1); await WorkAsync(); }")]
    [InlineData("async Task M() { Log(StreamReader.Null.ReadToEnd()); await WorkAsync(); }")]
    [InlineData("async Task M(byte[] data) { using (var reader = new StreamReader(new UnmanagedMemory())) Log(reader.ReadToEnd()); await WorkAsync(); } class UnmanagedMemory : MemoryStream { }")]
    [InlineData("async Task M(string text) { using (var reader = new StringReader(text)) using (var writer = new StringWriter()) { writer.Write(reader.ReadLine()); await WorkAsync(); } }")]
    public Task WhatIsInMemory(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("SqliteConnection")]
    [InlineData("SqliteCommand")]
    [InlineData("SqliteDataReader")]
    [InlineData("SqliteTransaction")]
    public Task ADatabaseThatIsPartOfTheProcess(string type)
    {
        // Its asynchronous forms run synchronously.
        var test = TestOf(InClass($"async Task M(Microsoft.Data.Sqlite.{type} own, System.IO.Stream other) {{ own.Flush(); [|other.Flush()|]; await WorkAsync(); }}"));
        test.TestState.AdditionalProjects["Sqlite"].Sources.Add($"namespace Microsoft.Data.Sqlite {{ public abstract class {type} : System.IO.Stream {{ }} }}");
        test.TestState.AdditionalProjectReferences.Add("Sqlite");
        return test.RunAsync();
    }

    [Theory]
    [InlineData("async Task M() { Console.Out.WriteLine(1); Console.Error.Flush(); Log(Console.In.ReadLine()); await WorkAsync(); }")]
    [InlineData("async Task M(TextWriter log) { log.WriteLine(\"a\"); await WorkAsync(); }")]
    [InlineData("async Task M(TextReader source) { Log(source.ReadToEnd()); await WorkAsync(); }")]
    [InlineData("async Task M() { TextReader reader = new StringReader(\"a\"); Log(reader.ReadLine()); await WorkAsync(); }")]
    public Task ReadersAndWritersOfUnknownKind(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task<int> M(Stream stream, byte[] buffer, bool isAsync) { return isAsync ? await stream.ReadAsync(buffer, 0, 1) : stream.Read(buffer, 0, 1); }")]
    [InlineData("async Task M(Stream stream, byte[] buffer, bool isAsync) { if (isAsync) { await stream.WriteAsync(buffer, 0, 1); } else { stream.Write(buffer, 0, 1); } }")]
    [InlineData("async Task M(StreamReader reader, bool isAsync) { string line; if (!isAsync) line = reader.ReadLine(); else line = await reader.ReadLineAsync(); Log(line); }")]
    [InlineData("async Task M(System.Net.Sockets.NetworkStream stream, byte[] data) { if (stream.DataAvailable) Log(stream.Read(data, 0, 1)); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.Socket socket, byte[] data) { while (socket.Available > 0) Log(socket.Receive(data)); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.Socket socket, byte[] data) { socket.Blocking = false; Log(socket.Send(data)); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.TcpListener listener) { if (listener.Pending()) Log(listener.AcceptSocket()); await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.Sockets.Socket socket, byte[] data) { if (socket.Poll(0, System.Net.Sockets.SelectMode.SelectRead)) socket.Receive(data); await WorkAsync(); }")]
    public Task WhereItDoesNotWait(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(Stream stream) { await WorkAsync(); Fill(stream); static void Fill(Stream target) { Span<byte> bytes = stackalloc byte[4]; Log(target.Read(bytes)); target.Write(bytes); } }")]
    public Task BytesOnTheStack(string members) => VerifyNewestAsync(members);

    [Theory]
    [InlineData("async Task M(string path) { await WorkAsync(); lock (this) { File.WriteAllText(path, \"\"); } }")]
    [InlineData("readonly ReaderWriterLockSlim _lock = new ReaderWriterLockSlim(); async Task M(string path) { await WorkAsync(); _lock.EnterWriteLock(); try { File.WriteAllText(path, \"\"); } finally { _lock.ExitWriteLock(); } }")]
    [InlineData("async Task M(string path) { await WorkAsync(); if (Monitor.TryEnter(this)) { try { Log(File.ReadAllText(path)); } finally { Monitor.Exit(this); } } }")]
    [InlineData("readonly ReaderWriterLockSlim _lock = new ReaderWriterLockSlim(); async Task M(string path) { await WorkAsync(); using (Held(_lock)) { Log(File.ReadAllText(path)); } } static IDisposable Held(ReaderWriterLockSlim it) => null;")]
    [InlineData("readonly object _gate = new object(); async Task M(string path) { await WorkAsync(); lock (_gate) Save(path); } void Save(string path) { File.WriteAllText(path, \"\"); }")]
    [InlineData("readonly object _gate = new object(); async Task M() { await Task.Run(Save); lock (_gate) Save(); } void Save() { File.WriteAllText(\"x\", \"\"); }")]
    [InlineData("readonly object _gate = new object(); async Task M(string path) { await WorkAsync(); lock (_gate) Save(path); } async Task N(string path) { await WorkAsync(); lock (_gate) Save(path); } void Save(string path) { Write(path); } void Write(string path) { File.WriteAllText(path, \"\"); }")]
    public Task WhereNothingCanBeAwaited(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("_lock.EnterReadLock()", "_lock.ExitReadLock()")]
    [InlineData("_lock.EnterUpgradeableReadLock()", "_lock.ExitUpgradeableReadLock()")]
    [InlineData("_lock.TryEnterReadLock(1)", "_lock.ExitReadLock()")]
    [InlineData("_lock.TryEnterWriteLock(1)", "_lock.ExitWriteLock()")]
    [InlineData("_lock.TryEnterUpgradeableReadLock(1)", "_lock.ExitUpgradeableReadLock()")]
    [InlineData("Monitor.Enter(_lock)", "Monitor.Exit(_lock)")]
    public Task UnderALockThatACallerTakes(string take, string release)
        => VerifyMembersAsync($"readonly ReaderWriterLockSlim _lock = new ReaderWriterLockSlim(); async Task M(string path) {{ await WorkAsync(); {take}; try {{ Save(path); }} finally {{ {release}; }} }} void Save(string path) => File.WriteAllText(path, \"\");");

    [Theory]
    [InlineData("async Task M(byte[] bytes) { await WorkAsync(); using (var input = new MemoryStream(bytes)) using (var output = new MemoryStream()) Copy(input, output); } static void Copy(Stream input, Stream output) { var buffer = new byte[10]; while (input.Read(buffer, 0, 10) > 0) output.Write(buffer, 0, 10); output.Flush(); }")]
    [InlineData("async Task M(byte[] bytes) { await WorkAsync(); var output = new MemoryStream(); Copy(new System.IO.Compression.DeflateStream(output, System.IO.Compression.CompressionMode.Compress)); void Copy(Stream to) { to.Write(bytes, 0, 1); } }")]
    public Task AHelperThatIsOnlyHandedMemory(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(byte[] bytes, Stream file) { await WorkAsync(); Copy(new MemoryStream(bytes)); Copy(file); } static void Copy(Stream from) { Log([|from.Read(new byte[1], 0, 1)|]); }")]
    [InlineData("async Task M(Stream file) { await WorkAsync(); Copy(file); } static void Copy(Stream from) { Log([|from.Read(new byte[1], 0, 1)|]); }")]
    public Task AHelperThatIsHandedAnythingElse(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(string path) { lock (this) { Work(); } Log([|File.ReadAllText(path)|]); await WorkAsync(); }")]
    [InlineData("readonly ReaderWriterLockSlim _lock = new ReaderWriterLockSlim(); async Task M(string path) { _lock.EnterReadLock(); _lock.ExitReadLock(); Log([|File.ReadAllText(path)|]); await WorkAsync(); }")]
    public Task WhereTheLockIsNoLongerHeld(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("async Task M(Gate gate) { gate.Read(); gate.Write(); gate.Flush(); await gate.ReadAsync(); } class Gate { public void Read() { } public void Write() { } public void Flush() { } public Task ReadAsync() => Task.CompletedTask; }")]
    [InlineData("async Task M(string a, string b) { File.Delete(a); File.Copy(a, b); File.Move(a, b); Log(File.Exists(a)); await WorkAsync(); }")]
    [InlineData("async Task M(string path) { using (var file = File.OpenRead(path)) { Log(file.Length); file.Seek(0, SeekOrigin.Begin); } await WorkAsync(); }")]
    [InlineData("async Task M(BinaryReader reader, BinaryWriter writer) { writer.Write(reader.ReadInt32()); await WorkAsync(); }")]
    [InlineData("async Task M(List<int> items) { items.ForEach(item => Log(item)); await WorkAsync(); }")]
    [InlineData("async Task M(string path) { Log(await File.ReadAllTextAsync(path)); }")]
    [InlineData("async Task M(System.Data.DataTable table) { table.AcceptChanges(); using (var reader = table.CreateDataReader()) await WorkAsync(); }")]
    [InlineData("async Task M(System.Net.HttpListener listener) { listener.Start(); listener.Stop(); await WorkAsync(); }")]
    [InlineData("async Task M(string path) { Expression<Func<string>> later = () => File.ReadAllText(path); Log(later); await WorkAsync(); }")]
    [InlineData("async Task M() { Log(nameof(File.ReadAllText)); await WorkAsync(); }")]
    public Task WhatHasNoTwinOrIsNoCall(string members) => VerifyMembersAsync(members);

    [Theory]
    [InlineData("string M(string path) => File.ReadAllText(path);")]
    [InlineData("public void M(Stream stream) { stream.Flush(); }")]
    [InlineData("void Load() { Log(File.ReadAllText(\"a\")); } C() { Load(); } async Task M() { await WorkAsync(); Load(); }")]
    [InlineData("static readonly string Text = File.ReadAllText(\"a\");")]
    [InlineData("IEnumerable<string> M(StreamReader reader) { yield return reader.ReadLine(); }")]
    [InlineData("Thread M(StreamReader reader) => new Thread(() => Log(reader.ReadLine()));")]
    [InlineData("Task M(StreamReader reader) => Task.Factory.StartNew(() => reader.ReadToEnd(), TaskCreationOptions.LongRunning);")]
    public Task InSynchronousCode(string members) => VerifyMembersAsync(members);

    [Fact]
    public Task InsideToThread() => VerifyNewestAsync("async Task M(string path) { Log(await ToThread.RunAsync(() => File.ReadAllText(path))); }");

    [Fact]
    public Task AStreamThatReadsFromItself() => VerifyNewestAsync("""
        sealed class Upper : Stream
        {
            public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken token) => Task.FromResult(Read(buffer, offset, count));
            public override int Read(byte[] buffer, int offset, int count) => 0;
            public override void Write(byte[] buffer, int offset, int count) { }
            public override void Flush() { }
            public override long Seek(long offset, SeekOrigin origin) => 0;
            public override void SetLength(long value) { }
            public override bool CanRead => true;
            public override bool CanSeek => true;
            public override bool CanWrite => true;
            public override long Length => 0;
            public override long Position { get; set; }
        }
        """);

    [Theory]
    [InlineData("static class Program { static async Task Main() { await Task.Yield(); Console.WriteLine(File.ReadAllText(\"a\")); } }")]
    [InlineData("await Task.Yield(); Console.WriteLine(File.ReadAllText(\"a\"));")]
    public Task InTheProgramsEntryPoint(string source) => VerifyFileAsync(source, outputKind: OutputKind.ConsoleApplication);

    [Theory]
    [InlineData(null)]
    [InlineData("off")]
    public Task SilentUnlessTheProjectSwitchesTheRulesOn(string? preset)
    {
        var test = TestOf("using System.IO; using System.Threading.Tasks; class C { async Task M() { File.ReadAllText(\"a\"); await Task.Yield(); } }");
        test.Preset = preset;
        return test.RunAsync();
    }

    [Fact]
    public Task WorksWithoutTheRuntime()
    {
        var test = TestOf("using System.IO; using System.Threading.Tasks; class C { async Task M() { [|File.ReadAllText(\"a\")|]; await Task.Yield(); } }");
        test.ReferencesRuntime = false;
        return test.RunAsync();
    }

    [Fact]
    public Task CodeThatDoesNotCompile()
    {
        var test = TestOf(InClass("async Task M(Stream stream) { stream.Read(; missing.Read(); await WorkAsync(); } async Task N() { File.ReadAllText("), LanguageVersion.Latest);
        test.CompilerDiagnostics = CompilerDiagnostics.None;
        return test.RunAsync();
    }
}
